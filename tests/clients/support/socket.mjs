// A websocket on which every message of graphql-transport-ws can be sent, right or wrong.

import WebSocket from 'ws';
import { Inbox, within } from './waiting.mjs';

export class Socket {
  #inbox = new Inbox();

  /** Connects; fails with `status` when the server does not switch protocols. */
  static async open(url, { protocols = ['graphql-transport-ws'], origin } = {}) {
    const socket = new Socket();
    const websocket = new WebSocket(url, protocols, { origin, handshakeTimeout: 10_000 });
    socket.websocket = websocket;
    socket.closed = new Promise((resolve) => {
      websocket.on('close', (code, reason) => resolve({ code, reason: reason.toString() }));
    });
    websocket.on('message', (data) => socket.#inbox.put(JSON.parse(data.toString())));
    await new Promise((resolve, reject) => {
      websocket.on('open', resolve);
      websocket.on('error', reject);
      websocket.on('unexpected-response', (_, response) => {
        reject(Object.assign(new Error('refused'), { status: response.statusCode }));
        websocket.terminate();
      });
    });
    return socket;
  }

  /** Connects and signs in. */
  static async signedIn(server, role = 'ADMIN') {
    const socket = await Socket.open(server.websocketUrl);
    socket.send({ type: 'connection_init', payload: server.credential(role) });
    await socket.receive({ type: 'connection_ack' });
    return socket;
  }

  /** Sends text as it is, and everything else as JSON. */
  send(message) {
    this.websocket.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  subscribe(id, query, variables) {
    this.send({ id, type: 'subscribe', payload: { query, variables } });
  }

  get received() {
    return this.#inbox.all;
  }

  /** The first message with these properties, received already or soon. */
  receive(properties, milliseconds) {
    const fits = (message) => Object.entries(properties).every(([name, value]) => message[name] === value);
    return this.#inbox.find(fits, JSON.stringify(properties), milliseconds);
  }

  /** The first message that fits, received already or soon. */
  find(fits, what, milliseconds) {
    return this.#inbox.find(fits, what, milliseconds);
  }

  /** Waits until the socket is closed; answers the code and the reason. */
  end(milliseconds = 10_000) {
    return within(milliseconds, this.closed, 'the end of the socket');
  }

  async close() {
    this.websocket.close(1000);
    return this.end();
  }
}
