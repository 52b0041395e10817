// The stories of README.md, docs/billing.md, docs/plans.md and docs/first-shop.md, pasted into a shell.

import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { onEachDatabase } from './support/databases.mjs';
import { freePort } from './support/server.mjs';
import { Shell } from './support/shell.mjs';
import { blocks } from './support/snippets.mjs';

const STORY = /^## One order, from click to socket\n(.*?)^## /ms;

onEachDatabase('README.md', (shop) => {
  test('its requests run as they stand and are answered as it shows', { timeout: 120_000 }, async (t) => {
    const text = (await readFile(new URL('../../README.md', import.meta.url), 'utf8')).match(STORY)[1];
    const [watch, ...others] = await steps('README.md', (code) => text.includes(code));
    const folder = await mkdtemp(join(tmpdir(), 'ordergate-readme-'));
    const watcher = new Shell(folder, shop().server.keys);
    const shell = new Shell(folder, shop().server.keys);
    t.after(async () => {
      watcher.end();
      shell.end();
      await rm(folder, { recursive: true, force: true });
    });
    watcher.type(watch.code.replaceAll('127.0.0.1:8080', shop().server.host));
    await watcher.until(':');
    const answers = await tell(shell, others, shop().server.host);
    assert.equal(answers.length, 4);

    const { number } = answers[0].data.createOrder.order;
    await watcher.until(`"to":"COMPLETED","actor":"system","order":{"number":"${number}"}`);
    const events = [...watcher.output.matchAll(/^data: (.+)$/gm)].map(([, data]) => JSON.parse(data));
    const its = events.filter(({ data }) => data.orderStatusChanged.order.number === number);
    const [, statuses] = text.match(/The watcher has seen (.+?), each the moment/s);
    assert.deepEqual(its.map(({ data }) => data.orderStatusChanged.to), statuses.match(/[A-Z_]+/g));
    const shown = JSON.parse(text.match(/^data: (.+)$/m)[1]);
    const submitted = its.find(({ data }) => data.orderStatusChanged.to === 'SUBMITTED');
    assert.deepEqual(alike(submitted), alike(shown));
  });
});

onEachDatabase('docs/billing.md', (shop) => {
  test('its story is told to its end when it is pasted in one go', { timeout: 120_000 }, async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'ordergate-billing-'));
    const shell = new Shell(folder, shop().server.keys);
    t.after(async () => {
      shell.end();
      await rm(folder, { recursive: true, force: true });
    });
    const words = await steps('README.md', (code) => code.includes('ask() {'));
    const story = await steps('docs/billing.md');
    const all = [...words, ...story].map(({ code }) => code).join('\n');
    const printed = await shell.run(all.replaceAll('127.0.0.1:8080', shop().server.host));
    const answers = printed.split('\n').filter(Boolean).map((line) => JSON.parse(line));
    assert.equal(answers.length, 13, printed);
    for (const { data, errors } of answers) {
      assert.equal(errors, undefined, printed);
      for (const { userErrors = [] } of Object.values(data)) assert.deepEqual(userErrors, [], printed);
    }
    assert.equal(answers.at(-1).data.issueCreditNote.creditNote.correctsInvoice.status, 'CREDITED');
    assert.match(await shell.run('cat credit-note.html'), /<title>Credit note CN-/);
  });
});

onEachDatabase('docs/plans.md', (shop) => {
  test('its requests run as they stand and are answered as it shows', { timeout: 120_000 }, async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'ordergate-plans-'));
    const shell = new Shell(folder, shop().server.keys);
    t.after(async () => {
      shell.end();
      await rm(folder, { recursive: true, force: true });
    });
    const words = await steps('README.md', (code) => code.includes('ask() {'));
    const story = await steps('docs/plans.md');
    const all = [...words, ...story].map(({ code }) => code).join('\n');
    const printed = await shell.run(all.replaceAll('127.0.0.1:8080', shop().server.host));
    const answers = printed.split('\n').filter(Boolean).map((line) => JSON.parse(line));
    assert.equal(answers.length, 6, printed);
    for (const { answer } of story.filter(({ answer }) => answer)) {
      const shown = JSON.stringify(JSON.parse(answer));
      assert.ok(answers.some((told) => JSON.stringify(told) === shown), `${shown}\n${printed}`);
    }
  });
});

test('docs/first-shop.md: from nothing to the first order', { timeout: 120_000 }, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'ordergate-first-shop-'));
  const host = `127.0.0.1:${await freePort()}`;
  const program = dirname(resolve(process.env.ORDERGATE_PROGRAM));
  const variables = { PATH: `${program}${delimiter}${process.env.PATH}`, ORDERGATE_LISTEN: host };
  const shell = new Shell(folder, variables);
  const server = new Shell(folder, variables);
  t.after(async () => {
    shell.end();
    server.end();
    await rm(folder, { recursive: true, force: true });
  });
  const [begin, serve, ...others] = await steps('docs/first-shop.md');
  await shell.run(begin.code);
  server.type(serve.code);
  await server.until('listening');
  const answers = await tell(shell, others, host);
  assert.equal(answers.length, 2);
});

/** What is typed, each with the answer that is shown below it. */
async function steps(page, wanted = () => true) {
  const found = [];
  for (const { language, code } of (await blocks(page)).filter(({ code }) => wanted(code))) {
    if (language === 'sh') found.push({ code });
    else if (language === 'json') found.at(-1).answer = code;
  }
  return found;
}

/** Types everything, and holds each answer against the one that is shown. */
async function tell(shell, steps, host) {
  const answers = [];
  for (const { code, answer } of steps) {
    const run = () => shell.run(code.replaceAll('127.0.0.1:8080', host));
    if (!answer) {
      await run();
      continue;
    }
    const expected = alike(JSON.parse(answer));
    let told = JSON.parse(await run());
    // A query is asked again, because what it shows may take a moment.
    const deadline = Date.now() + 20_000;
    const isThere = () => JSON.stringify(alike(told)) === JSON.stringify(expected);
    while (!code.includes('mutation') && !isThere() && Date.now() < deadline) {
      await sleep(200);
      told = JSON.parse(await run());
    }
    assert.deepEqual(alike(told), expected, code);
    answers.push(told);
  }
  return answers;
}

/** An answer without what is another one each time. */
function alike(answer) {
  return JSON.parse(JSON.stringify(answer), (name, value) => {
    if (['currentVersion', 'position', 'cursor'].includes(name)) return typeof value;
    if (typeof value !== 'string') return value;
    // Whoever says no comes before or after the end of provisioning.
    if (['message', 'currentStatus'].includes(name)) value = value.replace(/APPROVED|PROVISIONING|COMPLETED/, '…');
    return value
      .replace(/order_[0-9a-f]{32}/, 'order_…')
      .replace(/ORD-[0-9A-Z]{10}/, 'ORD-…')
      .replace(/key:[a-z0-9]+/, 'key:…');
  });
}
