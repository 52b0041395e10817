// Clients that send the hash of a document first. Here no hash is known, and they are to go on with the document.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { ApolloClient, ApolloLink, HttpLink, InMemoryCache, gql } from '@apollo/client';
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries';
import { Client, fetchExchange } from '@urql/core';
import { persistedExchange } from '@urql/exchange-persisted';
import { onEachDatabase } from './support/databases.mjs';
import { within } from './support/waiting.mjs';

const timeout = 60_000;

const ROLE = 'query Role { viewer { role } }';
const PLACE = 'mutation Place($input: CreateOrderInput!) { createOrder(input: $input) { order { id } } }';

onEachDatabase('Persisted queries', (shop) => {
  for (const useGETForHashedQueries of [false, true]) {
    test(`Apollo Client, hashes by ${useGETForHashedQueries ? 'GET' : 'POST'}`, { timeout }, async () => {
      const sent = [];
      const headers = shop().server.credential('ADMIN');
      const http = new HttpLink({ uri: shop().server.url, headers, fetch: noting(sent) });
      const sha256 = (text) => createHash('sha256').update(text).digest('hex');
      const persisted = new PersistedQueryLink({ sha256, useGETForHashedQueries });
      const apollo = new ApolloClient({ link: ApolloLink.from([persisted, http]), cache: new InMemoryCache() });
      const { data } = await asked(apollo.query({ query: gql(ROLE) }));
      assert.equal(data.viewer.role, 'ADMIN');
      assert.deepEqual(sent, ['hash', 'document']);
      // The link has understood that it is no use, and no longer tries.
      const again = await asked(apollo.query({ query: gql(ROLE), fetchPolicy: 'network-only' }));
      assert.equal(again.data.viewer.role, 'ADMIN');
      assert.deepEqual(sent, ['hash', 'document', 'document']);
      apollo.stop();
    });
  }

  for (const preferGetForPersistedQueries of [false, 'force']) {
    test(`urql, hashes by ${preferGetForPersistedQueries ? 'GET' : 'POST'}`, { timeout }, async () => {
      const sent = [];
      const urql = new Client({
        url: shop().server.url,
        exchanges: [persistedExchange({ preferGetForPersistedQueries, enableForMutation: true }), fetchExchange],
        fetch: noting(sent),
        fetchOptions: { headers: shop().server.credential('ADMIN') },
        preferGetMethod: false,
      });
      const { data, error } = await asked(urql.query(ROLE, {}).toPromise());
      assert.equal(error, undefined);
      assert.equal(data.viewer.role, 'ADMIN');
      assert.deepEqual(sent, ['hash', 'document']);
      const placed = await asked(urql.mutation(PLACE, { input: await shop().anOrder() }).toPromise());
      assert.equal(placed.error, undefined);
      assert.ok(placed.data.createOrder.order.id);
    });
  }
});

/** Fetches, and notes whether a document was sent or its hash alone. */
function noting(sent) {
  return (url, options) => {
    const { searchParams } = new URL(url);
    const query = options.method === 'GET' ? searchParams.get('query') : JSON.parse(options.body).query;
    sent.push(query ? 'document' : 'hash');
    return fetch(url, options);
  };
}

function asked(answer) {
  return within(20_000, answer, 'the answer');
}
