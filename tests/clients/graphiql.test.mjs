// The GraphiQL page in a browser that cannot reach any other server.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Browser } from './support/browser.mjs';
import { onEachDatabase } from './support/databases.mjs';

onEachDatabase('GraphiQL', (shop, database) => {
  test('shows a live feed, under a strict policy and without another site', { timeout: 120_000 }, async (t) => {
    const { host, keys } = shop().server;
    const browser = await Browser.start();
    t.after(() => browser.close());
    const headers = await browser.open(host);
    assertStrict(headers['content-security-policy']);

    await browser.fill('request-headers.json', JSON.stringify({ Authorization: `Bearer ${keys.AUDITOR}` }));
    await browser.fill('operation.graphql', 'query Me { viewer { role } }');
    await browser.press('Execute');
    await browser.waitForResponse('"AUDITOR"');
    assert.match(await browser.openDocumentation(), /Query/);

    // One order, because the page shows the newest event only, and the demo goes on meanwhile.
    const { id } = await shop().draftOrder();
    const after = await shop().feedCursor();
    const live = `subscription Live {
      orderStatusChanged(filter: { orderIds: ["${id}"] }, after: "${after}") { position to order { id number } }
    }`;
    await browser.fill('operation.graphql', live);
    await browser.press('Execute');
    await shop().submitOrder(id);
    await browser.waitForResponse('"PENDING_APPROVAL"');
    await browser.picture(`graphiql-${database}`);

    await browser.press('Stop');
    const last = await browser.response();
    await shop().rejectOrder(id);
    await sleep(1_500);
    assert.equal(await browser.response(), last, 'a stopped feed shows nothing more');

    const elsewhere = browser.requests.filter((url) => /^(https?|wss?):/.test(url) && new URL(url).host !== host);
    assert.deepEqual(elsewhere, []);
    assert.ok(browser.requests.includes(`ws://${host}/graphql`));
    assert.deepEqual(await browser.policyViolations(), []);
    assert.deepEqual(browser.problems, []);
  });
});

/** Nothing but styles may be inline, nothing is evaluated, and nothing comes from another site. */
function assertStrict(policy) {
  const directives = policy.split(';').map((directive) => directive.trim().split(/\s+/));
  const sources = Object.fromEntries(directives.map(([name, ...values]) => [name, values]));
  assert.deepEqual(sources['default-src'], ["'none'"]);
  assert.deepEqual(sources['script-src'], ["'self'"]);
  assert.deepEqual(sources['frame-ancestors'], ["'none'"]);
  const harmless = ["'none'", "'self'", "'unsafe-inline'", 'data:', 'blob:', 'ws:', 'wss:'];
  for (const [name, values] of Object.entries(sources)) {
    assert.deepEqual(values.filter((value) => !harmless.includes(value)), [], name);
  }
}
