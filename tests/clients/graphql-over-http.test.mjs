// The audits of graphql-http: GraphQL over HTTP as other servers and clients understand it.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { serverAudits } from 'graphql-http';
import { onEachDatabase } from './support/databases.mjs';
import { within } from './support/waiting.mjs';

const LEVELS = ['MUST', 'SHOULD', 'MAY'];
const AUDITS = 61;

onEachDatabase('GraphQL over HTTP', (shop) => {
  // The list does not depend on the address; the checks of one server are made once it runs.
  const names = serverAudits({ url: 'http://localhost/' }).map(({ id, name }) => ({ id, name }));
  const passed = Object.fromEntries(LEVELS.map((level) => [level, 0]));

  test(`there are ${AUDITS} audits`, () => assert.equal(names.length, AUDITS));

  for (const { id, name } of names) {
    test(`${name} [${id}]`, async () => {
      const audits = serverAudits({ url: shop().server.url, fetchFn: fetch });
      const result = await within(15_000, audits.find((audit) => audit.id === id).fn(), name);
      assert.equal(result.status, 'ok', result.reason);
      passed[name.split(' ')[0]] += 1;
    });
  }

  after(() => console.log(LEVELS.map((level) => `${passed[level]} ${level}`).join(', ')));
});
