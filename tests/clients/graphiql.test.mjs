// The GraphiQL page in a browser that cannot reach any other server.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Browser } from './support/browser.mjs';
import { onEachDatabase } from './support/databases.mjs';
import { Relay } from './support/relay.mjs';

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

  test('plays the demo as it is told, while the panel goes on beside every tab', { timeout: 120_000 }, async (t) => {
    const relay = await Relay.to(shop().server.port);
    const browser = await Browser.start();
    t.after(async () => {
      await browser.close();
      await relay.close();
    });
    await browser.open(`127.0.0.1:${relay.port}`);
    await browser.waitForPanel('live');

    await browser.openTab('Orders');
    assert.ok(await browser.everyLineIsSeen(), 'long lines are wrapped');
    await browser.press('Execute');
    await browser.waitForResponse('"feedCursor"');

    await browser.openTab('Approve');
    assert.match(await browser.shownEditorTool(), /"input"/, 'the variables are in sight');
    await browser.press('Execute');
    await browser.waitForResponse('"status"');
    const answer = JSON.parse(await browser.response());
    assert.deepEqual(answer.data.approveOrder.userErrors, []);
    const { number } = answer.data.approveOrder.order;
    await browser.waitForChange(number, 'APPROVED');
    await browser.picture(`graphiql-story-${database}`);

    await browser.openTab('Invoices');
    const placed = await shop().placeOrder();
    await browser.waitForChange(placed.number, 'PENDING_APPROVAL');

    relay.drop();
    const missed = await shop().placeOrder();
    await browser.waitForPanel('lost');
    await browser.picture(`graphiql-lost-${database}`);
    await browser.waitForPanel('live');
    await browser.waitForChange(missed.number, 'PENDING_APPROVAL');
    assert.deepEqual(await browser.policyViolations(), []);
  });

  test('shows that the feed of a tab has lost its connection', { timeout: 120_000 }, async (t) => {
    const relay = await Relay.to(shop().server.port);
    const browser = await Browser.start();
    t.after(async () => {
      await browser.close();
      await relay.close();
    });
    await browser.open(`127.0.0.1:${relay.port}`);
    await browser.openTab('LiveFeed');
    await browser.press('Execute');
    await browser.waitForResponse('"position"');
    relay.drop();
    await browser.page.waitForSelector('.notice.lost');
    await browser.page.waitForSelector('.notice.lost', { hidden: true });
    const { number } = await shop().placeOrder();
    await browser.waitForResponse(number);
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
