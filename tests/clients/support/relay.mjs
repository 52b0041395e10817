// A network between client and server that can fail.

import { once } from 'node:events';
import { connect, createServer } from 'node:net';

/** Passes connections on to a port, until it is told to drop them. */
export class Relay {
  #connections = new Set();
  #server;

  static async to(port) {
    const relay = new Relay();
    relay.#server = createServer((inner) => relay.#join(inner, connect(port, '127.0.0.1')));
    relay.#server.listen(0, '127.0.0.1');
    await once(relay.#server, 'listening');
    relay.port = relay.#server.address().port;
    return relay;
  }

  /** Cuts all connections off, without a word. */
  drop() {
    for (const connection of this.#connections) connection.resetAndDestroy();
  }

  async close() {
    this.#server.close();
    this.drop();
    await once(this.#server, 'close');
  }

  #join(inner, outer) {
    for (const [from, to] of [[inner, outer], [outer, inner]]) {
      this.#connections.add(from);
      from.pipe(to);
      from.on('error', () => to.destroy());
      from.on('close', () => {
        this.#connections.delete(from);
        to.destroy();
      });
    }
  }
}
