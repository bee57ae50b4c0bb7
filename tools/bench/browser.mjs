// A Chromium with an empty profile, driven by the DevTools protocol through a pipe.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const ARGUMENTS = [
  '--headless=new',
  '--remote-debugging-pipe',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-dev-shm-usage',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-extensions',
  '--disable-sync',
  // Otherwise Chromium ignores changes of the URL that come faster than a person can make them.
  '--disable-ipc-flooding-protection',
  '--no-first-run',
  '--no-proxy-server',
  '--lang=en-US',
  '--window-size=1280,900',
  // Exact sizes of the heap.
  '--enable-precise-memory-info',
];

export class Browser {
  #process;
  #profile;
  #calls = new Map();
  #lastId = 0;
  #listeners = [];

  static async start(binary) {
    const browser = new Browser();
    browser.#profile = mkdtempSync(join(tmpdir(), 'storefront-bench-'));
    browser.#process = spawn(binary, [...ARGUMENTS, `--user-data-dir=${browser.#profile}`, 'about:blank'], {
      stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
    });
    browser.#read(browser.#process.stdio[4]);
    browser.#process.once('exit', () => {
      for (const { reject } of browser.#calls.values()) reject(new Error('Chromium has ended'));
    });
    return browser;
  }

  // Attaches to the only tab.
  async tab() {
    const { targetInfos } = await this.call('Target.getTargets');
    const { targetId } = targetInfos.find(({ type }) => type === 'page');
    const { sessionId } = await this.call('Target.attachToTarget', { targetId, flatten: true });
    return {
      call: (method, parameters) => this.call(method, parameters, sessionId),
      on: (method, listener) => this.#listeners.push({ method, sessionId, listener }),
    };
  }

  call(method, params = {}, sessionId) {
    const id = ++this.#lastId;
    this.#process.stdio[3].write(JSON.stringify({ id, method, params, sessionId }) + '\0');
    return new Promise((resolve, reject) => this.#calls.set(id, { resolve, reject, method }));
  }

  async stop() {
    const ended = once(this.#process, 'exit');
    await this.call('Browser.close');
    await ended;
    rmSync(this.#profile, { recursive: true, force: true, maxRetries: 5 });
  }

  #read(pipe) {
    let text = '';
    pipe.setEncoding('utf8').on('data', chunk => {
      const messages = (text + chunk).split('\0');
      text = messages.pop();
      for (const message of messages) this.#receive(JSON.parse(message));
    });
  }

  #receive({ id, method, params, sessionId, result, error }) {
    if (id) {
      const call = this.#calls.get(id);
      this.#calls.delete(id);
      if (error) call.reject(new Error(`${call.method}: ${error.message}`));
      else call.resolve(result);
    }
    for (const it of this.#listeners) if (it.method === method && it.sessionId === sessionId) it.listener(params);
  }
}
