import { useSyncExternalStore } from 'react';

/** A value that lives longer than the parts of the page that show it. */
export class Store<T> {
  #value: T;
  #listeners = new Set<() => void>();

  constructor(value: T) {
    this.#value = value;
  }

  get value() {
    return this.#value;
  }

  set(value: T) {
    this.#value = value;
    for (const listener of this.#listeners) listener();
  }

  listen = (listener: () => void) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };
}

/** The value now, and again each time it changes. */
export function useStore<T>(store: Store<T>) {
  return useSyncExternalStore(store.listen, () => store.value);
}
