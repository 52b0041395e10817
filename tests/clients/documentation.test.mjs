// What docs/clients.md tells people to write, done.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ApolloClient, InMemoryCache, gql } from '@apollo/client';
import { Client as UrqlClient } from '@urql/core';
import WebSocket from 'ws';
import { onEachDatabase } from './support/databases.mjs';
import { Relay } from './support/relay.mjs';
import { Server } from './support/server.mjs';
import { Modules, files } from './support/snippets.mjs';
import { FEED, Watch, assertSameUntil } from './support/watch.mjs';
import { Inbox } from './support/waiting.mjs';

const HERE = dirname(fileURLToPath(import.meta.url));
const PAGE = 'docs/clients.md';
const timeout = 90_000;

// As in a browser.
globalThis.WebSocket ??= WebSocket;

onEachDatabase('docs/clients.md', (shop) => {
  let modules;
  before(async () => {
    modules = await Modules.of(PAGE, ['live.ts', 'apollo.ts', 'urql.ts', 'events.ts', 'document.ts']);
  }, { timeout });
  after(() => modules?.remove());

  const key = () => shop().server.keys.ADMIN;

  test('graphql-ws goes on where it was cut off', { timeout }, async () => {
    const { follow } = await modules.import('live.ts');
    await goesOn(({ client, after, watch }) => follow(client, FEED, { after }, watch));
  });

  test('Apollo Client goes on where it was cut off', { timeout }, async () => {
    const { liveLink } = await modules.import('apollo.ts');
    await goesOn(({ client, after, watch }) => {
      const apollo = new ApolloClient({ link: liveLink(client), cache: new InMemoryCache() });
      const subscription = apollo.subscribe({ query: gql(FEED), variables: { after } }).subscribe({
        next: ({ data, error }) => (error ? watch.error(error) : watch.next({ data })),
        error: watch.error,
        complete: watch.complete,
      });
      return () => {
        subscription.unsubscribe();
        apollo.stop();
      };
    });
  });

  test('urql goes on where it was cut off', { timeout }, async () => {
    const { liveExchange } = await modules.import('urql.ts');
    await goesOn(({ client, after, watch }) => {
      const urql = new UrqlClient({ url: shop().server.url, exchanges: [liveExchange(client)], preferGetMethod: false });
      const { unsubscribe } = urql.subscription(FEED, { after }).subscribe(({ data, error }) => {
        if (error) watch.error(error);
        else watch.next({ data });
      });
      return unsubscribe;
    });
  });

  test('an EventSource with a credential goes on where it was cut off', { timeout }, async () => {
    const { watch: follow } = await modules.import('events.ts');
    const relay = await Relay.to(shop().server.port);
    const after = await shop().feedCursor();
    const open = (port) => {
      const source = follow(`http://127.0.0.1:${port}/graphql`, key, FEED, { after });
      const watch = new Watch();
      source.addEventListener('next', ({ data }) => watch.next(JSON.parse(data)));
      return { source, watch };
    };
    const cut = open(relay.port);
    const connections = new Inbox();
    cut.source.addEventListener('open', () => connections.put('a connection'));
    await cutTwice(relay, connections, cut.watch);
    const whole = open(shop().server.port);
    const last = await shop().placeOrder();
    await assertBothSaw(last.id, cut.watch, whole.watch);
    cut.source.close();
    whole.source.close();
    await relay.close();
  });

  test('a document is put into a frame', { timeout }, async () => {
    const { show } = await modules.import('document.ts');
    const issued = await shop().server.ask('{ invoices(first: 1, filter: { statusIn: [ISSUED] }) { nodes { number documentPath } } }');
    const [{ number, documentPath }] = issued.invoices.nodes;
    const frame = { setAttribute: (name, value) => (frame[name] = value) };
    await show(frame, shop().server.url, documentPath, key);
    assert.match(frame.srcdoc, new RegExp(`<title>Invoice ${number} `));
    assert.equal(frame.sandbox, 'allow-same-origin allow-modals');
    await assert.rejects(show(frame, shop().server.url, '/documents/none', key), /404/);
  });

  /** Cuts the connection of a client twice while orders are placed: it misses none and sees none twice. */
  async function goesOn(begin) {
    const { connect } = await modules.import('live.ts');
    const relay = await Relay.to(shop().server.port);
    const after = await shop().feedCursor();
    const open = (port) => {
      const client = connect(`ws://127.0.0.1:${port}/graphql`, key);
      const watch = new Watch();
      const connections = new Inbox();
      client.on('connected', () => connections.put('a connection'));
      return { client, watch, connections, stop: begin({ client, after, watch }) };
    };
    const cut = open(relay.port);
    await cutTwice(relay, cut.connections, cut.watch);
    const whole = open(shop().server.port);
    const last = await shop().placeOrder();
    await assertBothSaw(last.id, cut.watch, whole.watch);
    for (const { stop, client } of [cut, whole]) {
      stop();
      await client.dispose();
    }
    await relay.close();
  }

  async function cutTwice(relay, connections, watch) {
    for (const times of [1, 2]) {
      await connections.find(() => connections.all.length === times, `connection ${times}`);
      const { id } = await shop().placeOrder();
      await watch.find(id, 'SUBMITTED');
      relay.drop();
      await shop().placeOrder();
      await shop().placeOrder();
    }
  }

  async function assertBothSaw(orderId, watch, other) {
    await watch.find(orderId, 'SUBMITTED');
    await other.find(orderId, 'SUBMITTED');
    assertSameUntil(orderId, watch, other);
  }
});

describe('docs/clients.md: tokens', () => {
  const secret = 'thirty-two bytes or more of a secret';
  const [iss, aud] = ['https://id.example', 'ordergate'];
  let server, modules, token, tid;
  before(async () => {
    server = await Server.start(undefined, [
      ...['--jwt-secret', secret, '--jwt-issuer', iss, '--jwt-audience', aud],
      ...['--log-level', 'info', '--jwt-claim-subject', 'email'],
    ]);
    modules = await Modules.of(PAGE, ['token.mjs']);
    ({ token } = await modules.import('token.mjs'));
    // As the first screen shows it.
    tid = server.output.match(/The tenant is (tenant_[0-9a-f]{32})/)[1];
  }, { timeout });
  after(async () => {
    await modules?.remove();
    await server?.stop();
  }, { timeout });

  test('a token that is made as it is told signs in', { timeout }, async () => {
    const claims = { iss, aud, tid, role: 'seller', email: 'ada@shop.example' };
    server.keys.TOKEN = token(secret, claims);
    const { viewer } = await server.ask('{ viewer { role } }', {}, 'TOKEN');
    assert.equal(viewer.role, 'SELLER');
    const { customer } = await server.ask('{ customer(customerNumber: "C-1001") { id } }');
    server.keys.TOKEN = token(secret, { ...claims, role: 'CUSTOMER', customer: customer.id });
    const { customers } = await server.ask('{ customers { nodes { id } } }', {}, 'TOKEN');
    assert.deepEqual(customers.nodes, [customer]);
  });

  test('why a token was refused is in the log, without the token', { timeout }, async () => {
    const claims = { iss, aud, tid, role: 'SELLER', email: 'ada@shop.example' };
    for (const [wrong, reason] of [
      [token(secret, { ...claims, role: 'BOSS' }), '`role` is none of ADMIN'],
      [token(secret, claims, 7200), '--jwt-longest-life-seconds'],
      [token(secret, { ...claims, email: undefined }), 'no `email`'],
      [token(secret, { ...claims, tid: 'acme' }), '`tid` is no id such as tenant_'],
      [token('another secret of thirty-two bytes', claims), 'another key'],
      [token(secret, { ...claims, tid: `tenant_${'0'.repeat(32)}` }), 'does not exist'],
    ]) {
      server.keys.TOKEN = wrong;
      await assert.rejects(server.ask('{ viewer { role } }', {}, 'TOKEN'), /The credential is not valid/);
      assert.ok(server.output.includes(reason), `${reason} in ${server.output.split('\n').slice(-3).join('\n')}`);
      assert.ok(!server.output.includes(wrong), 'the token is not in the log');
    }
  });
});

test('docs/clients.md: codegen makes types of every scalar', { timeout }, async (t) => {
  const folder = await mkdtemp(join(HERE, 'snippets-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, 'codegen.ts'), (await files(PAGE))['codegen.ts']);
  await cp(join(HERE, '../../schema.graphql'), join(folder, 'schema.graphql'));
  await mkdir(join(folder, 'src'));
  const document = 'query Page { orders { nodes { createdAt totals { net { minorUnits } } } } feedCursor }';
  await writeFile(join(folder, 'src/page.ts'), `import { graphql } from './gql';\nexport const PAGE = graphql(\`${document}\`);\n`);
  const program = createRequire(import.meta.url).resolve('@graphql-codegen/cli/package.json');
  const { bin } = JSON.parse(await readFile(program, 'utf8'));
  const command = join(dirname(program), bin['graphql-codegen']);
  const done = spawnSync(process.execPath, [command, '--config', 'codegen.ts'], { cwd: folder, encoding: 'utf8' });
  assert.equal(done.status, 0, done.stdout + done.stderr);
  const types = await readFile(join(folder, 'src/gql/graphql.ts'), 'utf8');
  assert.match(types, /feedCursor: string,.* createdAt: string,.* minorUnits: string/);
  // Only the scalars in use are asked for.
  const schema = await readFile(join(folder, 'schema.graphql'), 'utf8');
  const config = await readFile(join(folder, 'codegen.ts'), 'utf8');
  for (const [, scalar] of schema.matchAll(/^scalar (\w+)/gm)) assert.match(config, new RegExp(`${scalar}: `));
});
