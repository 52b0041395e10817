// The rules of the graphql-transport-ws protocol, one by one, with a client that breaks them.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { onEachDatabase } from './support/databases.mjs';
import { Socket } from './support/socket.mjs';

const ANY_CHANGE = 'subscription Any { orderStatusChanged { cursor to order { id } } }';
const CHANGES_SINCE = `subscription Since($after: FeedCursor) {
  orderStatusChanged(after: $after) { cursor to order { id } }
}`;
const ONE_ORDER = 'subscription One($id: ID!) { orderUpdated(id: $id) { id status version } }';
const OPERATIONS_PER_SOCKET = 50;

onEachDatabase('The websocket protocol', (shop) => {
  const open = (options) => Socket.open(shop().server.websocketUrl, options);
  const signedIn = (role) => Socket.signedIn(shop().server, role);

  /** What a message that breaks a rule leads to, on a socket that has signed in. */
  async function closeAfter(message) {
    const socket = await signedIn();
    socket.send(message);
    return socket.end();
  }

  async function isClosedWith(code, message) {
    const close = await closeAfter(message);
    assert.equal(close.code, code, close.reason);
    assert.ok(Buffer.byteLength(close.reason) <= 123, close.reason);
  }

  rule('invalid JSON closes with 4400', () => isClosedWith(4400, '{ "type": '));

  rule('a message that is not an object closes with 4400', () => isClosedWith(4400, '"ping"'));

  rule('an unknown type closes with 4400 and a reason that fits', () =>
    isClosedWith(4400, { type: 'ä'.repeat(500) }));

  rule('the old protocol\'s "start" closes with 4400', () =>
    isClosedWith(4400, { id: '1', type: 'start', payload: { query: '{ __typename }' } }));

  rule('an empty id closes with 4400', () =>
    isClosedWith(4400, { id: '', type: 'subscribe', payload: { query: '{ __typename }' } }));

  rule('a missing id closes with 4400', () =>
    isClosedWith(4400, { type: 'subscribe', payload: { query: '{ __typename }' } }));

  rule('a missing query closes with 4400', () =>
    isClosedWith(4400, { id: '1', type: 'subscribe', payload: {} }));

  rule('a payload of connection_init that is not an object closes with 4400', async () => {
    const socket = await open();
    socket.send({ type: 'connection_init', payload: 'me' });
    assert.equal((await socket.end()).code, 4400);
  });

  rule('subscribe before connection_ack closes with 4401', async () => {
    const socket = await open();
    socket.subscribe('1', '{ __typename }');
    assert.equal((await socket.end()).code, 4401);
  });

  rule('a second connection_init closes with 4429', () => isClosedWith(4429, { type: 'connection_init' }));

  rule('no connection_init closes with 4408 after about 3 s', async () => {
    const socket = await open();
    const begun = performance.now();
    assert.equal((await socket.end()).code, 4408);
    const passed = performance.now() - begun;
    assert.ok(passed > 2_000 && passed < 6_000, `${passed} ms`);
  });

  rule('a rejected connection_init closes with 4403', async () => {
    const socket = await open();
    socket.send({ type: 'connection_init', payload: { Authorization: 'Bearer og_wrong_key' } });
    assert.equal((await socket.end()).code, 4403);
    assert.deepEqual(socket.received, []);
  });

  rule('a duplicate id closes with 4409', async () => {
    const socket = await signedIn();
    socket.subscribe('1', ANY_CHANGE);
    socket.subscribe('1', ANY_CHANGE);
    assert.equal((await socket.end()).code, 4409);
  });

  rule('an id may be used again when its operation is over', async () => {
    const socket = await signedIn();
    for (const times of [1, 2]) {
      socket.subscribe('1', '{ __typename }');
      const over = () => socket.received.filter(({ type }) => type === 'complete').length === times;
      await socket.find(over, `complete, ${times}`);
    }
    await socket.close();
  });

  rule('a query is answered with next and complete', async () => {
    const socket = await signedIn();
    socket.subscribe('q', '{ viewer { role } }');
    const { payload } = await socket.receive({ id: 'q', type: 'next' });
    assert.deepEqual(payload.data, { viewer: { role: 'ADMIN' } });
    await socket.receive({ id: 'q', type: 'complete' });
    await socket.close();
  });

  for (const [what, query, code] of [
    ['a document that cannot be parsed', '{ viewer', 'GRAPHQL_PARSE_FAILED'],
    ['a document that is not valid', '{ noSuchField }', 'GRAPHQL_VALIDATION_FAILED'],
    ['a refused feed', 'subscription { orderStatusChanged(after: "nonsense") { cursor } }', 'BAD_USER_INPUT'],
  ]) {
    rule(`${what} is answered with error, and the socket stays`, async () => {
      const socket = await signedIn();
      socket.subscribe('bad', query);
      const { payload } = await socket.receive({ id: 'bad', type: 'error' });
      assert.equal(payload[0].extensions.code, code, JSON.stringify(payload));
      socket.subscribe('good', '{ __typename }');
      await socket.receive({ id: 'good', type: 'complete' });
      assert.deepEqual(socket.received.filter(({ id }) => id === 'bad').map(({ type }) => type), ['error']);
      await socket.close();
    });
  }

  rule('complete from the client is answered with nothing', async () => {
    const socket = await signedIn();
    socket.subscribe('1', CHANGES_SINCE, { after: await shop().feedCursor() });
    const placed = await shop().placeOrder();
    await socket.find(isChangeOf(placed.id), 'the order');
    socket.send({ id: '1', type: 'complete' });
    // Answered in turn, so the server has read the complete when this arrives.
    socket.send({ type: 'ping' });
    await socket.receive({ type: 'pong' });
    const { id } = await shop().placeOrder();
    await sleep(1_000);
    assert.ok(!socket.received.some(isChangeOf(id)));
    assert.ok(!socket.received.some(({ type }) => type === 'complete'));
    await socket.close();
  });

  rule('ping is answered with pong, payload and all', async () => {
    const socket = await signedIn();
    socket.send({ type: 'ping', payload: { at: 'noon' } });
    assert.deepEqual(await socket.receive({ type: 'pong' }), { type: 'pong', payload: { at: 'noon' } });
    await socket.close();
  });

  rule('graphql-transport-ws is chosen even when the old protocol is offered first', async () => {
    const socket = await open({ protocols: ['graphql-ws', 'graphql-transport-ws'] });
    assert.equal(socket.websocket.protocol, 'graphql-transport-ws');
    socket.send({ type: 'connection_init', payload: shop().server.credential('ADMIN') });
    await socket.receive({ type: 'connection_ack' });
    socket.subscribe('1', '{ __typename }');
    await socket.receive({ id: '1', type: 'next' });
    await socket.close();
  });

  rule('a client that offers only other protocols is refused', () =>
    // Either at once, or by choosing none: then a client has to give up.
    assert.rejects(open({ protocols: ['graphql-ws'] }), ({ status, message }) =>
      status === 400 || message === 'Server sent no subprotocol'));

  rule('a client that offers no protocol is closed with 4406', async () => {
    const socket = await open({ protocols: [] });
    assert.equal((await socket.end()).code, 4406);
  });

  rule('a page of another origin is refused with 403', () =>
    assert.rejects(open({ origin: 'https://evil.example' }), { status: 403 }));

  rule('a page of the same origin is let in', async () => {
    const socket = await open({ origin: `http://${shop().server.host}` });
    await socket.close();
  });

  rule('one operation more than a socket may have is answered with error', async () => {
    const socket = await signedIn();
    const after = await shop().feedCursor();
    const ids = Array.from({ length: OPERATIONS_PER_SOCKET }, (_, at) => `feed ${at}`);
    for (const id of ids) socket.subscribe(id, CHANGES_SINCE, { after });
    socket.subscribe('too many', ANY_CHANGE);
    await socket.receive({ id: 'too many', type: 'error' });
    const placed = await shop().placeOrder();
    for (const id of ids) {
      await socket.find((message) => message.id === id && isChangeOf(placed.id)(message), `the order on ${id}`);
    }
    assert.deepEqual(socket.received.filter(({ type }) => type === 'error').map(({ id }) => id), ['too many']);
    await socket.close();
  });

  rule('a message that is too big closes with 1009', async () => {
    const socket = await signedIn();
    socket.subscribe('big', `{ __typename } #${'x'.repeat(300 * 1024)}`);
    assert.equal((await socket.end()).code, 1009);
  });

  rule('Close 1000 is answered with Close 1000', async () => {
    const socket = await signedIn();
    socket.subscribe('1', ANY_CHANGE);
    assert.equal((await socket.close()).code, 1000);
  });

  rule('a busy feed does not starve a quiet one on the same socket', async () => {
    const beginning = await shop().feedCursor();
    const watched = await shop().placeOrder();
    for (let orders = 0; orders < 20; orders += 1) await shop().placeOrder();
    const socket = await signedIn();
    socket.subscribe('quiet', ONE_ORDER, { id: watched.id });
    for (let feed = 0; feed < 20; feed += 1) socket.subscribe(`busy ${feed}`, CHANGES_SINCE, { after: beginning });
    const now = (await socket.receive({ id: 'quiet', type: 'next' })).payload.data.orderUpdated;
    await shop().rejectOrder(watched.id);
    const isLater = ({ id, payload }) => id === 'quiet' && payload.data.orderUpdated.version > now.version;
    await socket.find(isLater, 'the change of the quiet feed');
    for (let feed = 0; feed < 20; feed += 1) {
      const isEnd = (message) =>
        message.id === `busy ${feed}` && isChangeOf(watched.id, 'REJECTED')(message);
      await socket.find(isEnd, `the end of busy feed ${feed}`);
    }
    await socket.close();
  });

  // The last one: it ends the server.
  rule('SIGTERM closes with 1012', async () => {
    const idle = await signedIn();
    const busy = await signedIn('AUDITOR');
    busy.subscribe('1', ANY_CHANGE);
    busy.send({ type: 'ping' });
    await busy.receive({ type: 'pong' });
    shop().server.terminate();
    assert.equal((await idle.end()).code, 1012);
    assert.equal((await busy.end()).code, 1012);
  });
});

function rule(name, check) {
  test(name, { timeout: 60_000 }, check);
}

/** Whether a message tells that an order has changed, to this status if one is named. */
function isChangeOf(orderId, status) {
  return ({ type, payload }) => {
    const change = type === 'next' && payload.data?.orderStatusChanged;
    return Boolean(change) && change.order.id === orderId && (!status || change.to === status);
  };
}
