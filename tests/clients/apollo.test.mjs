// Apollo Client, over HTTP, multipart HTTP and a websocket.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApolloClient, HttpLink, InMemoryCache, gql } from '@apollo/client';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { onEachDatabase } from './support/databases.mjs';
import { FEED, Watch } from './support/watch.mjs';
import { within } from './support/waiting.mjs';

const timeout = 60_000;

const ORDERS = gql`
  query Orders($first: Int!, $after: String) {
    orders(first: $first, after: $after) {
      edges { cursor node { id number status } }
      pageInfo { hasNextPage endCursor }
    }
  }
`;

const PLACE = gql`
  mutation Place($input: CreateOrderInput!) {
    createOrder(input: $input) { order { id number status } userErrors { code message field } }
  }
`;

onEachDatabase('Apollo Client', (shop) => {
  function overHttp() {
    const { url } = shop().server;
    return client(new HttpLink({ uri: url, headers: shop().server.credential('ADMIN') }));
  }

  test('queries page through a list', { timeout }, async () => {
    const apollo = overHttp();
    const first = await asked(apollo.query({ query: ORDERS, variables: { first: 3 } }));
    assert.equal(first.data.orders.edges.length, 3);
    const after = first.data.orders.pageInfo.endCursor;
    const second = await asked(apollo.query({ query: ORDERS, variables: { first: 3, after } }));
    const ids = [first, second].flatMap(({ data }) => data.orders.edges.map(({ node }) => node.id));
    assert.equal(new Set(ids).size, 6);
    apollo.stop();
  });

  test('a mutation updates the cache', { timeout }, async () => {
    const apollo = overHttp();
    const { data } = await asked(apollo.mutate({ mutation: PLACE, variables: { input: await shop().anOrder() } }));
    const { order, userErrors } = data.createOrder;
    assert.deepEqual(userErrors, []);
    assert.equal(apollo.cache.extract()[`Order:${order.id}`].number, order.number);
    apollo.stop();
  });

  test('errors come with their codes', { timeout }, async () => {
    const apollo = overHttp();
    await assert.rejects(asked(apollo.query({ query: gql`{ noSuchField }` })), (error) => {
      assert.match(JSON.stringify(error.errors ?? error), /GRAPHQL_VALIDATION_FAILED/);
      return true;
    });
    apollo.stop();
  });

  test('a feed over multipart HTTP', { timeout }, () => showsAnOrder(overHttp()));

  test('a feed over a websocket', { timeout }, async () => {
    const socket = createClient({
      url: shop().server.websocketUrl,
      webSocketImpl: WebSocket,
      connectionParams: shop().server.credential('ADMIN'),
    });
    await showsAnOrder(client(new GraphQLWsLink(socket)));
    await socket.dispose();
  });

  async function showsAnOrder(apollo) {
    const feed = new Watch();
    const variables = { after: await shop().feedCursor() };
    const subscription = apollo.subscribe({ query: gql(FEED), variables }).subscribe(feed);
    const { id, number } = await shop().placeOrder();
    const { data } = await feed.find(id, 'SUBMITTED');
    assert.equal(data.orderStatusChanged.order.number, number);
    subscription.unsubscribe();
    apollo.stop();
  }
});

function client(link) {
  return new ApolloClient({ link, cache: new InMemoryCache(), queryDeduplication: false });
}

function asked(answer) {
  return within(20_000, answer, 'the answer');
}
