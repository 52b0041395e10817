// The same checks on each database.

import { after, before, describe } from 'node:test';
import { Server } from './server.mjs';
import { Shop } from './shop.mjs';

/**
 * Defines checks once for SQLite and once for PostgreSQL. `define` gets a function that answers the running shop, to be
 * called inside checks only, and the name of the database.
 */
export function onEachDatabase(subject, define) {
  const databases = { SQLite: undefined, PostgreSQL: process.env.ORDERGATE_CLIENTS_POSTGRES_URL };
  for (const [name, url] of Object.entries(databases)) {
    describe(`${subject} on ${name}`, () => {
      let shop;
      before(async () => {
        if (name === 'PostgreSQL' && !url) throw new Error('ORDERGATE_CLIENTS_POSTGRES_URL is not set');
        shop = new Shop(await Server.start(url));
      }, { timeout: 90_000 });
      after(() => shop?.server.stop(), { timeout: 90_000 });
      define(() => shop, name);
    });
  }
}
