// What tools read about the schema from the running server.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import {
  buildClientSchema,
  buildSchema,
  getIntrospectionQuery,
  lexicographicSortSchema,
  printSchema,
  validateSchema,
} from 'graphql';
import { onEachDatabase } from './support/databases.mjs';

const QUERY = getIntrospectionQuery({
  descriptions: true,
  specifiedByUrl: true,
  directiveIsRepeatable: true,
  inputValueDeprecation: true,
  oneOf: true,
});

onEachDatabase('Introspection', (shop) => {
  test('the description that the server gives is schema.graphql', async () => {
    const told = buildClientSchema(await shop().server.ask(QUERY));
    const written = buildSchema(await readFile(new URL('../../schema.graphql', import.meta.url), 'utf8'));
    assert.deepEqual(validateSchema(told), []);
    assert.deepEqual(difference(told, written), []);
  });

  test('a caller without a credential may read it too', async () => {
    const response = await fetch(shop().server.url, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ query: QUERY }),
      signal: AbortSignal.timeout(15_000),
    });
    const { data, errors } = await response.json();
    assert.equal(errors, undefined);
    assert.ok(buildClientSchema(data).getSubscriptionType());
  });
});

/** The lines that only one of the schemas has. */
function difference(told, written) {
  const [ours, theirs] = [told, written].map((schema) => printSchema(lexicographicSortSchema(schema)).split('\n'));
  return [...without(ours, theirs), ...without(theirs, ours)];
}

function without(lines, others) {
  const known = new Set(others);
  return lines.filter((line) => !known.has(line));
}
