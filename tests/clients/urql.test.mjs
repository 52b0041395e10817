// The client of @urql/core, whose feeds come over the same fetch as its queries, with its own cache and with Graphcache.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Client, cacheExchange, fetchExchange } from '@urql/core';
import { cacheExchange as graphcacheExchange } from '@urql/exchange-graphcache';
import { onEachDatabase } from './support/databases.mjs';
import { FEED, Watch } from './support/watch.mjs';
import { within } from './support/waiting.mjs';

const timeout = 60_000;

onEachDatabase('urql', (shop) => {
  function connect(cache = cacheExchange) {
    return new Client({
      url: shop().server.url,
      exchanges: [cache, fetchExchange],
      fetch: fetchThatEnds,
      fetchOptions: { headers: shop().server.credential('ADMIN') },
      fetchSubscriptions: true,
      preferGetMethod: false,
    });
  }

  test('a query by POST, and by GET', { timeout }, async () => {
    for (const preferGetMethod of [false, 'force']) {
      const answer = connect().query('{ viewer { role } }', {}, { preferGetMethod }).toPromise();
      const { data, error } = await within(20_000, answer, 'the answer');
      assert.equal(error, undefined);
      assert.equal(data.viewer.role, 'ADMIN');
    }
  });

  test('a mutation', { timeout }, async () => {
    const query = 'mutation Place($input: CreateOrderInput!) { createOrder(input: $input) { order { id } } }';
    const answer = connect().mutation(query, { input: await shop().anOrder() }).toPromise();
    const { data, error } = await within(20_000, answer, 'the answer');
    assert.equal(error, undefined);
    assert.ok(data.createOrder.order.id);
  });

  test('a feed', { timeout }, async () => {
    const feed = new Watch();
    const variables = { after: await shop().feedCursor() };
    const { unsubscribe } = connect().subscription(FEED, variables).subscribe(({ data, error, extensions }) => {
      if (error) feed.error(error);
      else feed.next({ data, extensions });
    });
    const { id } = await shop().placeOrder();
    const { data, extensions } = await feed.find(id, 'SUBMITTED');
    assert.equal(data.orderStatusChanged.cursor, extensions.cursor);
    unsubscribe();
  });

  // It is told no schema, so it knows the root types by their usual names.
  test('Graphcache keeps what is sold as objects, and takes events for what they are', { timeout }, async () => {
    const client = connect(graphcacheExchange());
    const query = '{ subscriptions(first: 2) { nodes { __typename id number status } } }';
    const answer = client.query(query, {}).toPromise();
    const { data, error } = await within(20_000, answer, 'the answer');
    assert.equal(error, undefined);
    const { nodes } = data.subscriptions;
    assert.equal(nodes.length, 2);
    assert.deepEqual(nodes.map(({ __typename }) => __typename), ['CustomerSubscription', 'CustomerSubscription']);
    assert.deepEqual(client.readQuery(query, {}).data.subscriptions.nodes, nodes);

    const feed = new Watch();
    const variables = { after: await shop().feedCursor() };
    const { unsubscribe } = client.subscription(FEED, variables).subscribe(({ data, error }) => {
      if (error) feed.error(error);
      else feed.next({ data });
    });
    const { id } = await shop().placeOrder();
    await feed.find(id, 'SUBMITTED');
    unsubscribe();
  });
});

/** For urql, an aborted feed ends here: it would cancel the body that it has aborted, and that fails unheard. */
async function fetchThatEnds(url, { signal, ...options }) {
  const response = await fetch(url, options);
  const reader = response.body.getReader();
  let open = true;
  const body = new ReadableStream({
    start(controller) {
      signal?.addEventListener('abort', () => {
        if (!open) return;
        open = false;
        controller.close();
        return reader.cancel();
      });
    },
    async pull(controller) {
      const { done, value } = await reader.read();
      if (!open) return;
      open = !done;
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel: (reason) => reader.cancel(reason),
  });
  return new Response(body, response);
}
