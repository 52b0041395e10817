// A shell that somebody types into.

import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { within } from './waiting.mjs';

const DONE = '--- done ---';

export class Shell {
  /** What was printed since the last command. */
  output = '';

  constructor(folder, variables) {
    this.process = spawn('bash', [], {
      cwd: folder,
      env: { ...process.env, ...variables },
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: true,
    });
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
    return within(20_000, printed(), text).catch((error) => {
      throw new Error(`${error.message}; printed was:\n${this.output}`);
    });
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
