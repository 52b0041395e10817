// GraphiQL in a headless Chromium.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import puppeteer from 'puppeteer-core';

const PATIENCE = { timeout: 20_000 };

/** The page in a browser of its own, which can reach nothing but this machine. */
export class Browser {
  /** Every address that the page or one of its workers asked for. */
  requests = [];
  /** What went wrong, in the browser's words. */
  problems = [];

  static async start() {
    const browser = new Browser();
    browser.folder = await mkdtemp(join(tmpdir(), 'ordergate-chromium-'));
    browser.chromium = await puppeteer.launch({
      executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
      userDataDir: browser.folder,
      timeout: 60_000,
      protocolTimeout: 60_000,
      args: [
        '--headless',
        '--no-sandbox',
        '--disable-gpu',
        '--disable-dev-shm-usage',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
      ],
    });
    const page = await browser.chromium.newPage();
    browser.page = page;
    await page.setViewport({ width: 1400, height: 900 });
    page.on('request', (request) => browser.requests.push(request.url()));
    page.on('pageerror', (error) => browser.problems.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') browser.problems.push(message.text());
    });
    // Websockets are no requests to puppeteer.
    const network = await page.createCDPSession();
    await network.send('Network.enable');
    network.on('Network.webSocketCreated', ({ url }) => browser.requests.push(url));
    await page.evaluateOnNewDocument(() => {
      globalThis.policyViolations = [];
      addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) => {
        globalThis.policyViolations.push(`${violatedDirective}: ${blockedURI}`);
      });
    });
    return browser;
  }

  /** Opens GraphiQL; answers the headers of the page. */
  async open(host) {
    const response = await this.page.goto(`http://${host}/graphiql/`, PATIENCE);
    await this.page.waitForSelector('.graphiql-query-editor .view-line', PATIENCE);
    await this.page.waitForSelector('.graphiql-response .monaco-editor', PATIENCE);
    return response.headers();
  }

  /** Replaces what is in an editor. */
  async fill(name, text) {
    await this.page.evaluate(
      (name, text) => {
        const models = globalThis.__MONACO.editor.getModels();
        models.find(({ uri }) => uri.path.endsWith(name)).setValue(text);
      },
      name,
      text,
    );
    // GraphiQL takes an edit over after a while.
    await sleep(600);
  }

  /** Presses the button that runs the operation, or stops it. */
  async press(what) {
    const button = `button.graphiql-execute-button[aria-label^="${what}"]`;
    await this.page.waitForSelector(button, PATIENCE);
    await this.page.click(button);
  }

  /** What the response pane shows. */
  response() {
    return this.page.evaluate(() => {
      const models = globalThis.__MONACO.editor.getModels();
      return models.find(({ uri }) => uri.path.endsWith('response.json')).getValue();
    });
  }

  async waitForResponse(text) {
    const deadline = Date.now() + PATIENCE.timeout;
    let response;
    do {
      response = await this.response();
      if (response.includes(text)) return;
      await sleep(100);
    } while (Date.now() < deadline);
    throw new Error(`the response pane does not show ${text} but ${response}`);
  }

  /** Brings the tab with this title to the front. */
  async openTab(title) {
    await this.page.click(`.graphiql-tab-button[title="${title}"]`);
    await this.page.waitForSelector(`.graphiql-tab-active .graphiql-tab-button[title="${title}"]`, PATIENCE);
    // GraphiQL takes a document over after a while.
    await sleep(600);
  }

  /** Waits until the panel beside the tabs is in this state. */
  async waitForPanel(state) {
    await this.page.waitForSelector(`.live-state[data-state="${state}"]`, PATIENCE);
  }

  /** Waits until the panel shows that an order has come into this status. */
  async waitForChange(number, status) {
    const shows = (number, status) =>
      [...document.querySelectorAll('.live-changes li')].some(
        ({ textContent }) => textContent.includes(number) && textContent.includes(`→ ${status}`),
      );
    await this.page.waitForFunction(shows, PATIENCE, number, status);
  }

  /** What the pane below the operation shows. */
  shownEditorTool() {
    return this.page.$eval('.graphiql-editor-tool > div:not(.hidden)', (pane) => pane.innerText);
  }

  /** Whether no line of the operation goes on beyond the edge of its editor. */
  everyLineIsSeen() {
    return this.page.evaluate(() => {
      const editor = globalThis.__MONACO.editor
        .getEditors()
        .find((editor) => editor.getModel().uri.path.endsWith('operation.graphql'));
      return editor.getScrollWidth() <= editor.getLayoutInfo().width;
    });
  }

  async openDocumentation() {
    await this.page.click('button[aria-label="Show Documentation Explorer"]');
    await this.page.waitForSelector('.graphiql-doc-explorer', PATIENCE);
    return this.page.$eval('.graphiql-doc-explorer', (explorer) => explorer.textContent);
  }

  /** What the page's policy forbade. */
  policyViolations() {
    return this.page.evaluate(() => globalThis.policyViolations);
  }

  /** A picture for people, where `ORDERGATE_SCREENSHOTS` names a folder. */
  async picture(name) {
    const folder = process.env.ORDERGATE_SCREENSHOTS;
    if (folder) await this.page.screenshot({ path: join(folder, `${name}.png`) });
  }

  async close() {
    await this.chromium.close();
    await rm(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}
