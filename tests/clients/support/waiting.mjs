// Waiting that ends.

/** The promise's result, or an error after so many milliseconds. */
export async function within(milliseconds, promise, what) {
  let timer;
  const late = new Promise((_, reject) => {
    const error = new Error(`waited ${milliseconds} ms in vain for ${what}`);
    timer = setTimeout(() => reject(error), milliseconds);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** What was received so far, and a way to wait for what is not there yet. */
export class Inbox {
  all = [];
  #waiting = new Set();

  put(item) {
    this.all.push(item);
    for (const check of this.#waiting) check();
  }

  /** The first item that fits, received already or soon. */
  async find(fits, what = 'an item', milliseconds = 10_000) {
    let check;
    const found = new Promise((resolve) => {
      check = () => {
        const item = this.all.find(fits);
        if (item !== undefined) resolve(item);
      };
    });
    this.#waiting.add(check);
    check();
    try {
      return await within(milliseconds, found, what);
    } finally {
      this.#waiting.delete(check);
    }
  }
}
