import { Store } from './store';

/** The tabs' feeds whose connections are lost and tried again. */
class LostFeeds extends Store<number> {
  #marks = new Set<symbol>();

  add(mark: symbol) {
    this.#marks.add(mark);
    this.set(this.#marks.size);
  }

  delete(mark: symbol) {
    this.#marks.delete(mark);
    this.set(this.#marks.size);
  }
}

export const lostFeeds = new LostFeeds(0);
