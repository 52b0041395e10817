// The client of the graphql-ws package.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { onEachDatabase } from './support/databases.mjs';
import { Relay } from './support/relay.mjs';
import { FEED, Watch, assertSameUntil } from './support/watch.mjs';
import { Inbox, within } from './support/waiting.mjs';

const timeout = 60_000;

const QUERY = `{
  viewer { role }
  orders(first: 5) { edges { cursor node { id number status } } pageInfo { hasNextPage endCursor } }
}`;

const MUTATION = `mutation Place($input: CreateOrderInput!) {
  createOrder(input: $input) { order { id number status } userErrors { code message field } }
}`;

onEachDatabase('graphql-ws', (shop) => {
  function connect(options) {
    return createClient({
      url: shop().server.websocketUrl,
      webSocketImpl: WebSocket,
      connectionParams: () => shop().server.credential('ADMIN'),
      ...options,
    });
  }

  test('a query', { timeout }, async () => {
    const client = connect();
    const [answer, ...others] = await all(client, { query: QUERY });
    assert.deepEqual(others, []);
    assert.equal(answer.data.viewer.role, 'ADMIN');
    const { edges, pageInfo } = answer.data.orders;
    assert.equal(edges.length, 5);
    assert.deepEqual(pageInfo, { hasNextPage: true, endCursor: edges[4].cursor });
    await client.dispose();
  });

  test('a mutation', { timeout }, async () => {
    const client = connect();
    const [answer] = await all(client, { query: MUTATION, variables: { input: await shop().anOrder() } });
    assert.deepEqual(answer.data.createOrder.userErrors, []);
    assert.ok(answer.data.createOrder.order.number);
    await client.dispose();
  });

  test('a feed shows an order as it is placed and decided', { timeout }, async () => {
    const client = connect();
    const feed = watch(client, await shop().feedCursor());
    const { id, number, status } = await shop().placeOrder();
    const { data, extensions } = await feed.find(id, 'SUBMITTED');
    assert.equal(data.orderStatusChanged.order.number, number);
    assert.equal(data.orderStatusChanged.cursor, extensions.cursor);
    assert.equal(status, 'PENDING_APPROVAL');
    await feed.find(id, status);
    await shop().rejectOrder(id);
    await feed.find(id, 'REJECTED');
    const changes = feed.changes.filter(({ order }) => order.id === id);
    for (let at = 1; at < changes.length; at += 1) {
      assert.equal(changes[at].from, changes[at - 1].to);
      assert.equal(changes[at].orderVersion, changes[at - 1].orderVersion + 1);
    }
    feed.unsubscribe();
    await feed.ended();
    await client.dispose();
  });

  test('a feed whose connection is cut goes on without a hole or a repetition', { timeout }, async () => {
    const relay = await Relay.to(shop().server.port);
    const client = connect({
      url: `ws://127.0.0.1:${relay.port}/graphql`,
      retryAttempts: 20,
      retryWait: () => sleep(200),
    });
    const connections = new Inbox();
    client.on('connected', () => connections.put('a connection'));
    const beginning = await shop().feedCursor();
    const feed = watch(client, beginning);
    for (const times of [1, 2, 3]) {
      await connections.find(() => connections.all.length === times, `connection ${times}`);
      const { id } = await shop().placeOrder();
      await feed.find(id, 'SUBMITTED');
      relay.drop();
      await shop().placeOrder();
      await shop().placeOrder();
    }
    const last = await shop().placeOrder();
    await feed.find(last.id, 'SUBMITTED');

    const inOneGo = watch(client, beginning);
    await inOneGo.find(last.id, 'SUBMITTED');
    assertSameUntil(last.id, feed, inOneGo);
    feed.unsubscribe();
    inOneGo.unsubscribe();
    await client.dispose();
    await relay.close();
  });

  test('a wrong key is refused with 4403', { timeout }, async () => {
    const client = connect({ connectionParams: { Authorization: 'Bearer og_wrong_key' }, retryAttempts: 0 });
    await assert.rejects(all(client, { query: '{ __typename }' }), { code: 4403 });
  });

  test('a document that is not valid rejects with its errors', { timeout }, async () => {
    const client = connect();
    await assert.rejects(all(client, { query: '{ noSuchField }' }), ([error]) => {
      assert.equal(error.extensions.code, 'GRAPHQL_VALIDATION_FAILED');
      return true;
    });
    await client.dispose();
  });
});

/** All answers to an operation that ends. */
function all(client, request) {
  const answers = [];
  const ended = new Promise((complete, error) => {
    client.subscribe(request, { next: (answer) => answers.push(answer), error, complete: () => complete(answers) });
  });
  return within(20_000, ended, 'the end of the answers');
}

/** Follows the feed. The client sends the same request after a reconnect, so `after` moves along. */
function watch(client, after) {
  const feed = new Watch();
  const request = { query: FEED, variables: { after } };
  feed.unsubscribe = client.subscribe(request, {
    next(answer) {
      request.variables.after = answer.extensions.cursor;
      feed.next(answer);
    },
    error: feed.error,
    complete: feed.complete,
  });
  return feed;
}
