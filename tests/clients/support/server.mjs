// Ordergate's demo as a process of its own.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { within } from './waiting.mjs';

const PATIENCE = 60_000;

/** A running demo shop. */
export class Server {
  /** Starts one on a database of its own, or as a new tenant of the database that is named; `more` are flags. */
  static async start(databaseUrl, more = []) {
    const server = new Server();
    server.folder = await mkdtemp(join(tmpdir(), 'ordergate-client-checks-'));
    server.port = await freePort();
    const keysFile = join(server.folder, 'keys.json');
    const listen = `127.0.0.1:${server.port}`;
    const database = databaseUrl ? ['--database-url', databaseUrl] : [];
    const flags = ['--listen', listen, '--keys-file', keysFile, '--orders', '40', ...database, ...more];
    server.process = spawn(process.env.ORDERGATE_PROGRAM, ['demo', ...flags], {
      cwd: server.folder,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    server.output = '';
    for (const stream of [server.process.stdout, server.process.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => (server.output += text));
    }
    server.exited = once(server.process, 'exit');
    server.kill = () => server.process.kill('SIGKILL');
    process.once('exit', server.kill);
    try {
      await server.#ready();
      server.keys = JSON.parse(await readFile(keysFile, 'utf8'));
    } catch (error) {
      server.kill();
      throw new Error(`${error.message}; the server said:\n${server.output}`);
    }
    return server;
  }

  get host() {
    return `127.0.0.1:${this.port}`;
  }

  /** The one address of the API. */
  get url() {
    return `http://${this.host}/graphql`;
  }

  get websocketUrl() {
    return `ws://${this.host}/graphql`;
  }

  /** The header, or the payload of `connection_init`, by which a role signs in. */
  credential(role) {
    return { Authorization: `Bearer ${this.keys[role]}` };
  }

  /** What a query or a mutation answers; fails unless it was served. */
  async ask(query, variables = {}, role = 'ADMIN') {
    const response = await fetch(this.url, {
      method: 'POST',
      headers: {
        'Content-Type': 'application/json',
        Accept: 'application/json',
        ...this.credential(role),
      },
      body: JSON.stringify({ query, variables }),
      signal: AbortSignal.timeout(15_000),
    });
    const answer = await response.json();
    if (answer.errors) throw new Error(`${query}\n${JSON.stringify(answer.errors, null, 2)}`);
    return answer.data;
  }

  /** Asks the process to end, as an operator would. */
  terminate() {
    this.process.kill('SIGTERM');
  }

  async stop() {
    try {
      this.terminate();
      await within(PATIENCE, this.exited, 'the end of the server');
    } finally {
      this.kill();
      process.off('exit', this.kill);
      await rm(this.folder, { recursive: true, force: true });
    }
  }

  async #ready() {
    const deadline = Date.now() + PATIENCE;
    while (Date.now() < deadline) {
      if (this.process.exitCode !== null) throw new Error('the server ended at once');
      const response = await fetch(`http://${this.host}/readyz`).catch(() => undefined);
      if (response?.ok) return;
      await sleep(100);
    }
    throw new Error('the server was not ready in time');
  }
}

/** A port that nobody listens on. */
export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}
