// A feed as a watcher sees it, whichever client it uses.

import assert from 'node:assert/strict';
import { Inbox, within } from './waiting.mjs';

/** What the clients watch; `extensions.cursor` of each answer is the same as its `cursor`. */
export const FEED = `subscription Feed($after: FeedCursor) {
  orderStatusChanged(after: $after) { cursor position from to orderVersion order { id number } }
}`;

/** Takes what a client hands over, as `next`, `error` and `complete`. */
export class Watch {
  #answers = new Inbox();
  #end = withResolvers();

  constructor() {
    // Looked at by whoever waits; nobody may.
    this.#end.promise.catch(() => {});
  }

  next = (answer) => {
    if (answer.errors) this.error(answer.errors);
    else this.#answers.put(answer);
  };

  error = (problem) => this.#end.reject(problem instanceof Error ? problem : new Error(JSON.stringify(problem)));

  complete = () => this.#end.resolve();

  /** All changes so far, in the order in which they came. */
  get changes() {
    return this.#answers.all.map(({ data }) => data.orderStatusChanged);
  }

  /** The answer that tells that an order is now in this status; received already or soon. */
  find(orderId, status, milliseconds = 20_000) {
    const fits = ({ data: { orderStatusChanged: change } }) => change.order.id === orderId && change.to === status;
    const what = `${status} of ${orderId}`;
    const ended = this.#end.promise.then(() => {
      throw new Error(`the feed ended before ${what}`);
    });
    return Promise.race([this.#answers.find(fits, what, milliseconds), ended]);
  }

  /** Waits until the feed is over. */
  ended(milliseconds = 10_000) {
    return within(milliseconds, this.#end.promise, 'the end of the feed');
  }
}

/** Whether two watchers that began at the same cursor saw the same until an order was submitted. */
export function assertSameUntil(orderId, watch, other) {
  const changes = until(orderId, watch);
  assert.deepEqual(changes, until(orderId, other));
  const positions = changes.map(({ position }) => BigInt(position));
  assert.ok(positions.every((position, at) => at === 0 || position > positions[at - 1]), 'positions rise');
}

function until(orderId, { changes }) {
  const last = changes.findIndex(({ order, to }) => order.id === orderId && to === 'SUBMITTED');
  return changes.slice(0, last + 1);
}

// Promise.withResolvers, which node 20 lacks.
function withResolvers() {
  const it = {};
  it.promise = new Promise((resolve, reject) => Object.assign(it, { resolve, reject }));
  return it;
}
