// README's story, pasted into a shell line by line.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { onEachDatabase } from './support/databases.mjs';
import { blocks } from './support/snippets.mjs';
import { within } from './support/waiting.mjs';

const STORY = /^## One order, from click to socket\n(.*?)^## /ms;
const DONE = '--- done ---';

onEachDatabase('README.md', (shop) => {
  test('its requests run as they stand and are answered as it shows', { timeout: 120_000 }, async (t) => {
    const [watch, ...others] = await story();
    const environment = { ...process.env, ...shop().server.keys };
    const folder = await mkdtemp(join(tmpdir(), 'ordergate-readme-'));
    const watcher = new Shell(folder, environment);
    const shell = new Shell(folder, environment);
    t.after(async () => {
      watcher.end();
      shell.end();
      await rm(folder, { recursive: true, force: true });
    });
    watcher.type(here(watch.code));
    await watcher.until(':');

    let number;
    let answered = 0;
    for (const { code, answer } of others) {
      const run = async () => JSON.parse(await shell.run(here(code)));
      if (!answer) {
        await shell.run(here(code));
        continue;
      }
      const expected = alike(JSON.parse(answer));
      let told = await run();
      // The last one tells how it ends, which takes a moment.
      for (const deadline = Date.now() + 20_000; told.data.order && Date.now() < deadline; told = await run()) {
        if (told.data.order.status === expected.data.order.status) break;
        await sleep(200);
      }
      number ??= told.data.createOrder?.order.number;
      assert.deepEqual(alike(told), expected, code);
      answered += 1;
    }
    assert.equal(answered, 4);

    await watcher.until(`"to":"COMPLETED","actor":"system","order":{"number":"${number}"}`);
    const events = [...watcher.output.matchAll(/^data: (.+)$/gm)].map(([, data]) => JSON.parse(data));
    const its = events.filter(({ data }) => data.orderStatusChanged.order.number === number);
    const text = await page();
    const [, statuses] = text.match(/The watcher has seen (.+?), each the moment/s);
    assert.deepEqual(its.map(({ data }) => data.orderStatusChanged.to), statuses.match(/[A-Z_]+/g));
    const shown = JSON.parse(text.match(/^data: (.+)$/m)[1]);
    const submitted = its.find(({ data }) => data.orderStatusChanged.to === 'SUBMITTED');
    assert.deepEqual(alike(submitted), alike(shown));
  });

  const here = (code) => code.replaceAll('127.0.0.1:8080', shop().server.host);
});

/** The text of the story. */
async function page() {
  const text = await readFile(new URL('../../README.md', import.meta.url), 'utf8');
  return text.match(STORY)[1];
}

/** What is typed, each with the answer that is shown below it. */
async function story() {
  const text = await page();
  const all = (await blocks('README.md')).filter(({ code }) => text.includes(code));
  const steps = [];
  for (const { language, code } of all) {
    if (language === 'sh') steps.push({ code });
    else if (language === 'json') steps.at(-1).answer = code;
  }
  return steps;
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

/** A shell that somebody types into. */
class Shell {
  output = '';

  constructor(folder, environment) {
    this.process = spawn('bash', [], { cwd: folder, env: environment, stdio: ['pipe', 'pipe', 'pipe'], detached: true });
    for (const stream of [this.process.stdout, this.process.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => (this.output += text));
    }
  }

  type(text) {
    this.process.stdin.write(`${text}\n`);
  }

  /** Waits until this was printed. */
  until(text) {
    const printed = async () => {
      while (!this.output.includes(text)) await sleep(50);
    };
    return within(20_000, printed(), `${text} in ${this.output}`);
  }

  /** What a command prints. */
  async run(command) {
    this.output = '';
    this.type(command);
    this.type(`echo; echo '${DONE}'`);
    await this.until(DONE);
    return this.output.slice(0, this.output.indexOf(DONE)).trim();
  }

  /** Ends it and what it runs. */
  end() {
    process.kill(-this.process.pid, 'SIGKILL');
  }
}
