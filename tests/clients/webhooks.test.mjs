// A receiver of webhooks as docs/webhooks.md has it, behind an endpoint of the shop.

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { Webhook } from 'standardwebhooks';
import { onEachDatabase } from './support/databases.mjs';
import { Modules } from './support/snippets.mjs';
import { Inbox } from './support/waiting.mjs';

const CREATE = `mutation Create($input: CreateWebhookEndpointInput!) {
  createWebhookEndpoint(input: $input) { webhookEndpoint { id } secret userErrors { code message } }
}`;
const ROTATE = `mutation Rotate($input: RotateWebhookSecretInput!) {
  rotateWebhookSecret(input: $input) { secret userErrors { code message } }
}`;
const DELETE = `mutation Delete($input: DeleteWebhookEndpointInput!) {
  deleteWebhookEndpoint(input: $input) { userErrors { code message } }
}`;
const DOCUMENT = 'subscription { events { id kind toStatus order { id number status } } }';
const timeout = 60_000;

onEachDatabase('docs/webhooks.md', (shop) => {
  let modules;
  before(async () => (modules = await Modules.of('docs/webhooks.md', ['receiver.ts'])), { timeout });
  after(() => modules?.remove());

  test('a receiver takes what is signed, once, and in order', { timeout }, async (t) => {
    const { receiver } = await modules.import('receiver.ts');
    const taken = new Map();
    const inbox = new Inbox();
    let broken = 1;
    const take = async (message) => {
      if (broken-- > 0) throw new Error('the queue is full');
      if (taken.has(message.id)) return;
      taken.set(message.id, message);
      inbox.put(message);
    };
    const handle = { secret: undefined };
    const hook = await serve(t, (request) => receiver(handle.secret, take)(request));

    const input = { url: hook.url, kinds: ['ORDER_STATUS_CHANGED'], document: DOCUMENT };
    const { createWebhookEndpoint: made } = await shop().server.ask(CREATE, { input });
    assert.deepEqual(made.userErrors, []);
    handle.secret = made.secret;
    const { id } = made.webhookEndpoint;
    t.after(() => shop().server.ask(DELETE, { input: { id } }));

    const order = await shop().placeOrder();
    await inbox.find((message) => message.data.events.order.id === order.id, 'the order', 20_000);
    assert.ok(broken < 0, 'it failed at first, and the same came again');
    await shop().rejectOrder(order.id);
    await inbox.find(({ data }) => data.events.order.id === order.id && data.events.toStatus === 'REJECTED', 'its end', 20_000);
    const statuses = [...taken.values()].filter(({ data }) => data.events.order.id === order.id);
    assert.deepEqual(statuses.map(({ data }) => data.events.toStatus).slice(-2), ['PENDING_APPROVAL', 'REJECTED']);
    for (const message of taken.values()) assert.equal(message.id, message.data.events.id);

    // Until the receiver knows the new secret, it takes the old one's signature.
    const { rotateWebhookSecret: rotated } = await shop().server.ask(ROTATE, { input: { id } });
    assert.deepEqual(rotated.userErrors, []);
    for (const secret of [made.secret, rotated.secret]) {
      handle.secret = secret;
      const later = await shop().placeOrder();
      await inbox.find((message) => message.data.events.order.id === later.id, 'an order after the rotation', 20_000);
    }
  });

  test('a receiver refuses what is forged, changed or old', { timeout }, async (t) => {
    const { receiver } = await modules.import('receiver.ts');
    const secret = `whsec_${Buffer.from('twenty-four bytes of key').toString('base64')}`;
    const taken = [];
    const hook = await serve(t, receiver(secret, async (message) => taken.push(message)));
    const body = JSON.stringify({ id: 'event_1', type: 'TEST', timestamp: new Date().toISOString(), cursor: null, data: null });
    const now = new Date();
    const other = `whsec_${Buffer.from('another twenty-four byte').toString('base64')}`;
    const post = async (by, at, sent = body) => {
      const headers = {
        'webhook-id': 'event_1',
        'webhook-timestamp': String(Math.floor(at / 1000)),
        'webhook-signature': new Webhook(by).sign('event_1', at, body),
      };
      return (await fetch(hook.url, { method: 'POST', headers, body: sent })).status;
    };
    assert.equal(await post(secret, now), 204);
    assert.equal(await post(other, now), 400);
    assert.equal(await post(secret, now, body.replace('TEST', 'EVIL')), 400);
    assert.equal(await post(secret, new Date(now - 10 * 60_000)), 400);
    assert.equal((await fetch(hook.url, { method: 'POST', body })).status, 400);
    assert.equal(taken.length, 1);
  });
});

/** A server on this machine that answers requests by a function from `Request` to `Response`. */
async function serve(t, answer) {
  const server = createServer(async (incoming, outgoing) => {
    const chunks = [];
    for await (const chunk of incoming) chunks.push(chunk);
    const { method, headers } = incoming;
    let response;
    try {
      response = await answer(new Request(`http://localhost${incoming.url}`, { method, headers, body: Buffer.concat(chunks) }));
    } catch (error) {
      response = new Response(error.message, { status: 500 });
    }
    outgoing.writeHead(response.status).end(await response.text());
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  return { url: `http://localhost:${server.address().port}/hooks` };
}
