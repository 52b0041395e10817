// Approval links in a browser: it runs whatever scripts there are, and what nobody presses decides nothing.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Browser } from './support/browser.mjs';
import { onEachDatabase } from './support/databases.mjs';

const CREATE = `mutation Create($input: CreateApprovalLinksInput!) {
  createApprovalLinks(input: $input) { approveUrl rejectUrl userErrors { code message } }
}`;

const ORDER = `query Order($id: ID!) {
  order(id: $id) { version status reason history(last: 2) { nodes { kind actorKind actor } } }
}`;

onEachDatabase('Approval links', (shop, database) => {
  const orderOf = async (id) => (await shop().server.ask(ORDER, { id })).order;

  test('are looked at by a browser that presses nothing, and decide nothing', { timeout: 120_000 }, async (t) => {
    const { id } = await shop().placeOrder();
    const links = await linksOf(shop(), id);
    const { history: _, ...before } = await orderOf(id);
    const browser = await Browser.start();
    t.after(() => browser.close());
    for (const url of links) {
      const response = await browser.page.goto(url);
      assert.equal(response.status(), 200);
      assert.equal(await browser.page.evaluate(() => document.scripts.length), 0);
      await sleep(500);
      // As a browser looks ahead at what a page leads to.
      await browser.page.goto(`http://${shop().server.host}/healthz`);
      await browser.page.evaluate(async (url) => {
        const hint = document.createElement('link');
        Object.assign(hint, { rel: 'prefetch', href: url });
        document.head.append(hint);
        await fetch(url);
      }, url);
      await sleep(500);
    }
    const { history, ...after } = await orderOf(id);
    assert.deepEqual(after, before);
    // Mail makes links too, meanwhile.
    for (const { kind } of history.nodes) assert.equal(kind, 'APPROVAL_LINK_CREATED');
  });

  test('answer by a button, without scripts, and tell the address to nobody', { timeout: 120_000 }, async (t) => {
    const { id } = await shop().placeOrder();
    const [approve, reject] = await linksOf(shop(), id);
    const browser = await Browser.start();
    t.after(() => browser.close());
    const { page } = browser;
    await page.setJavaScriptEnabled(false);
    const referrers = [];
    page.on('request', (request) => referrers.push(request.headers().referer));

    await page.goto(reject);
    await page.click('button');
    assert.equal(page.url(), reject, 'a no without a reason is not sent');
    await page.type('textarea', 'Not this year.');
    await Promise.all([page.waitForNavigation(), page.click('button')]);
    assert.match(await heading(page), /^You have rejected order/);
    await browser.picture(`approval-link-${database}`);
    const rejected = await orderOf(id);
    assert.equal(rejected.status, 'REJECTED');
    assert.equal(rejected.reason, 'Not this year.');
    const used = rejected.history.nodes.at(-1);
    assert.equal(used.kind, 'APPROVAL_LINK_USED');
    assert.equal(used.actorKind, 'APPROVAL_LINK');
    assert.match(used.actor, / for Pat Lee$/);

    for (const [url, told] of [[reject, 'This link was used'], [approve, 'The order no longer waits for this answer']]) {
      await page.goto(url);
      assert.equal(await heading(page), told);
    }
    assert.deepEqual(referrers.filter(Boolean), []);
    const elsewhere = browser.requests.filter((url) => new URL(url).host !== shop().server.host);
    assert.deepEqual(elsewhere, []);
  });
});

/** A link to approve an order, and one to reject it. */
async function linksOf(shop, id) {
  const input = { id, recipient: 'Pat Lee' };
  const { createApprovalLinks } = await shop.server.ask(CREATE, { input }, 'APPROVER');
  assert.deepEqual(createApprovalLinks.userErrors, []);
  return [createApprovalLinks.approveUrl, createApprovalLinks.rejectUrl];
}

function heading(page) {
  return page.$eval('h1', (heading) => heading.textContent);
}
