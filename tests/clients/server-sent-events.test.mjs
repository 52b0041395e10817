// Feeds as Server-Sent Events: the client of the graphql-sse package, and the EventSource that browsers have.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EventSource } from 'eventsource';
import { createClient } from 'graphql-sse';
import { onEachDatabase } from './support/databases.mjs';
import { Relay } from './support/relay.mjs';
import { FEED, Watch, assertSameUntil } from './support/watch.mjs';
import { Inbox, within } from './support/waiting.mjs';

const timeout = 60_000;

onEachDatabase('Server-Sent Events', (shop) => {
  test('graphql-sse: a query and a mutation', { timeout }, async () => {
    const client = connect();
    const [{ data }] = await all(client, { query: '{ viewer { role } }' });
    assert.equal(data.viewer.role, 'ADMIN');
    const query = 'mutation Place($input: CreateOrderInput!) { createOrder(input: $input) { order { id } } }';
    const [placed] = await all(client, { query, variables: { input: await shop().anOrder() } });
    assert.ok(placed.data.createOrder.order.id);
    client.dispose();
  });

  test('graphql-sse: a feed', { timeout }, async () => {
    const client = connect();
    const feed = new Watch();
    const unsubscribe = client.subscribe({ query: FEED, variables: { after: await shop().feedCursor() } }, feed);
    const { id } = await shop().placeOrder();
    await feed.find(id, 'SUBMITTED');
    unsubscribe();
    await feed.ended();
    client.dispose();
  });

  test('graphql-sse: a document that is not valid', { timeout }, async () => {
    const client = connect();
    const answers = await all(client, { query: '{ noSuchField }' }).catch((error) => error);
    assert.match(JSON.stringify(answers), /GRAPHQL_VALIDATION_FAILED/);
    client.dispose();
  });

  test('a feed is not to be stored or held back on its way', { timeout }, async () => {
    const stop = new AbortController();
    const response = await within(10_000, fetch(shop().server.url, {
      method: 'POST',
      headers: {
        'Content-Type': 'application/json',
        Accept: 'text/event-stream',
        ...shop().server.credential('ADMIN'),
      },
      body: JSON.stringify({ query: FEED }),
      signal: stop.signal,
    }), 'the headers');
    assert.equal(response.status, 200);
    assert.match(response.headers.get('content-type'), /^text\/event-stream/);
    assert.match(response.headers.get('cache-control'), /no-(store|cache)/);
    assert.equal(response.headers.get('x-accel-buffering'), 'no');
    assert.equal(response.headers.get('content-encoding'), null);
    stop.abort();
  });

  test('EventSource: the id of an event is its cursor', { timeout }, async () => {
    const source = follow(shop().server.url, await shop().feedCursor());
    const { id } = await shop().placeOrder();
    const { extensions } = await source.watch.find(id, 'SUBMITTED');
    assert.ok(source.ids.includes(extensions.cursor));
    source.close();
  });

  test('EventSource: a feed whose connection is cut goes on by itself, without a hole or a repetition', { timeout }, async () => {
    const relay = await Relay.to(shop().server.port);
    const beginning = await shop().feedCursor();
    // The address holds the first cursor for ever; Last-Event-ID, which the client sends by itself, takes precedence.
    const source = follow(`http://127.0.0.1:${relay.port}/graphql`, beginning);
    for (const times of [1, 2]) {
      await source.openings.find(() => source.openings.all.length === times, `connection ${times}`);
      const { id } = await shop().placeOrder();
      await source.watch.find(id, 'SUBMITTED');
      relay.drop();
      await shop().placeOrder();
      await shop().placeOrder();
    }
    const last = await shop().placeOrder();
    await source.watch.find(last.id, 'SUBMITTED');
    assert.equal(source.openings.all.length, 3);

    const inOneGo = follow(shop().server.url, beginning);
    await inOneGo.watch.find(last.id, 'SUBMITTED');
    assertSameUntil(last.id, source.watch, inOneGo.watch);
    source.close();
    inOneGo.close();
    await relay.close();
  });

  test('EventSource: a feed that cannot go on from a cursor says so and goes on after the gap', { timeout }, async () => {
    // A cursor of another history.
    const cursor = Buffer.from(await shop().feedCursor(), 'base64url');
    cursor[3] ^= 0xff;
    const variables = JSON.stringify({ after: cursor.toString('base64url') });
    const source = listen(shop().server.url, { query: FEED, variables });
    const [watch, refusals] = [new Watch(), []];
    source.addEventListener('next', ({ data }) => {
      const answer = JSON.parse(data);
      if (answer.errors) refusals.push(answer.errors[0].extensions.code);
      else watch.next(answer);
    });
    await source.openings.find(() => source.openings.all.length === 2, 'the second connection');
    const { id } = await shop().placeOrder();
    await watch.find(id, 'SUBMITTED');
    assert.deepEqual(refusals, ['RESUME_GAP']);
    assert.equal(source.openings.all.length, 2);
    source.close();
  });

  test('EventSource: what was answered to its end is not asked again and again', { timeout }, async () => {
    const source = listen(shop().server.url, { query: '{ viewer { role } }' });
    const answered = new Promise((resolve) => source.addEventListener('next', ({ data }) => resolve(JSON.parse(data))));
    const { data } = await within(20_000, answered, 'the answer');
    assert.equal(data.viewer.role, 'ADMIN');
    const left = new Promise((resolve) => {
      source.addEventListener('error', () => source.readyState === EventSource.CLOSED && resolve());
    });
    await within(20_000, left, 'the end');
    assert.equal(source.openings.all.length, 1);
  });

  function connect() {
    return createClient({ url: shop().server.url, headers: shop().server.credential('ADMIN'), retryAttempts: 0 });
  }

  /** An EventSource that follows the feed. */
  function follow(url, after) {
    const source = listen(url, { query: FEED, variables: JSON.stringify({ after }) });
    source.watch = new Watch();
    source.ids = [];
    source.addEventListener('next', ({ data, lastEventId }) => {
      source.ids.push(lastEventId);
      source.watch.next(JSON.parse(data));
    });
    return source;
  }

  function listen(url, parameters) {
    const credential = shop().server.credential('ADMIN');
    const source = new EventSource(`${url}?${new URLSearchParams(parameters)}`, {
      fetch: (input, init) => fetch(input, { ...init, headers: { ...init.headers, ...credential } }),
    });
    source.openings = new Inbox();
    source.addEventListener('open', () => source.openings.put('a connection'));
    return source;
  }
});

/** All answers to an operation that ends. */
function all(client, request) {
  const answers = [];
  const ended = new Promise((complete, error) => {
    client.subscribe(request, { next: (answer) => answers.push(answer), error, complete: () => complete(answers) });
  });
  return within(20_000, ended, 'the end of the answers');
}
