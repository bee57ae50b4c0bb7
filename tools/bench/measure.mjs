// Measures the app and its peers in Chromium, and prints one line for each value: `sample`, the name of the value, the slowdown of the
// processor, the app, and the value. `cargo xtask bench` starts the servers and this script, and makes the table.
//
// usage: node measure.mjs CHROMIUM PORT LINK RUNS APPS MEASUREMENT@SLOWDOWN…
//
// The server on PORT serves the folder behind the symbolic link LINK. APPS is `NAME=FOLDER,…`. The script points LINK to the folder of the
// app that it measures, so that all apps share one origin, one server and one database.

import { readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import http from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { Browser } from './browser.mjs';

const [chromium, port, link, runs, appList, ...wanted] = process.argv.slice(2);
const apps = appList.split(',').map(it => it.split('='));
const host = `store.spa-local-storage.localhost:${port}`;
const forums = `forums.spa-local-storage.localhost:${port}`;
const pageScript = readFileSync(new URL('page.js', import.meta.url), 'utf8');

const USER = 'shopper@example.com';
const PASSWORD = 'correct-horse-battery';
const SLOW_4G = { latency: 150, downloadThroughput: 1.6e6 / 8, uploadThroughput: 750e3 / 8 };
const NO_LIMIT = { latency: 0, downloadThroughput: -1, uploadThroughput: -1 };
const TIME_LIMIT_MS = 60_000;

// A visit to the shop in a browser with an empty profile.
class Visit {
  requests = new Map();
  lastRequest = 0;

  constructor(tab) {
    this.tab = tab;
  }

  static async begin(browser, { network, slowdown }) {
    const visit = new Visit(await browser.tab());
    const { call, on } = visit.tab;
    on('Network.requestWillBeSent', ({ requestId, request, timestamp }) => {
      if (request.url.includes('/favicon')) return; // the browser loads the icon for its tab, not for the page
      visit.lastRequest = Date.now();
      visit.requests.set(requestId, { url: request.url, method: request.method, headers: request.headers, at: timestamp, bytes: 0 });
    });
    on('Network.requestServedFromCache', ({ requestId }) => visit.#change(requestId, { isCached: true }));
    on('Network.responseReceived', ({ requestId, response }) =>
      visit.#change(requestId, { type: response.mimeType, ...((response.fromDiskCache || response.fromPrefetchCache) && { isCached: true }) }),
    );
    on('Network.loadingFinished', ({ requestId, encodedDataLength }) => visit.#change(requestId, { bytes: encodedDataLength, isOver: true }));
    on('Network.loadingFailed', ({ requestId }) => visit.#change(requestId, { isOver: true }));
    await call('Page.enable');
    await call('Network.enable');
    await call('Performance.enable', { timeDomain: 'threadTicks' });
    await call('Page.addScriptToEvaluateOnNewDocument', { source: pageScript });
    await call('Network.emulateNetworkConditions', { offline: false, ...network });
    await call('Emulation.setCPUThrottlingRate', { rate: slowdown });
    return visit;
  }

  #change(requestId, members) {
    const request = this.requests.get(requestId);
    if (!request) return;
    this.lastRequest = Date.now();
    Object.assign(request, members);
  }

  async open(url) {
    const { errorText } = await this.tab.call('Page.navigate', { url });
    if (errorText) throw new Error(`${url}: ${errorText}`);
  }

  async eval(expression) {
    const parameters = { expression, awaitPromise: true, returnByValue: true };
    const late = sleep(TIME_LIMIT_MS, null, { ref: false }).then(() => {
      throw new Error(`this takes too long: ${expression}`);
    });
    const { result, exceptionDetails } = await Promise.race([this.tab.call('Runtime.evaluate', parameters), late]);
    if (exceptionDetails) throw new Error(`${expression}: ${exceptionDetails.exception?.description ?? exceptionDetails.text}`);
    return result.value;
  }

  // Waits until the network has been quiet for a while. Does not wait for the end of each request, because DevTools do not always report it
  // if a service worker has answered the page.
  async quiet() {
    while (Date.now() - this.lastRequest < 700) await sleep(20);
  }

  // Waits until the network has been quiet for a while and every request has ended.
  async rest() {
    const open = () => [...this.requests.values()].filter(it => !it.isOver);
    for (const end = Date.now() + TIME_LIMIT_MS; Date.now() - this.lastRequest < 700 || open().length > 0; await sleep(20)) {
      if (Date.now() > end) throw new Error(`the network does not come to rest: ${open().map(({ method, url }) => `${method} ${url}`)}`);
    }
  }

  async type(selector, text) {
    await this.eval(`document.querySelector('${selector}').focus()`);
    await this.tab.call('Input.insertText', { text });
  }

  async fillIn() {
    await this.type('input[autocomplete=username]', USER);
    await this.type('input[autocomplete=current-password]', PASSWORD);
  }

  // Moves the mouse to an element and clicks. `element` is a JavaScript expression.
  async click(element) {
    const [x, y] = await this.eval(
      `(it => { it.scrollIntoView({ block: 'nearest' }); const { x, y, width, height } = it.getBoundingClientRect(); return [x + width / 2, y + height / 2]; })(${element})`,
    );
    for (const type of ['mouseMoved', 'mousePressed', 'mouseReleased']) {
      const button = type === 'mouseMoved' ? 'none' : 'left';
      await this.tab.call('Input.dispatchMouseEvent', { type, x, y, button, clickCount: type === 'mouseMoved' ? 0 : 1 });
    }
  }

  submit() {
    return this.click(`document.querySelector('form button[type=submit]')`);
  }

  // Fills in the form, waits for a quiet network, and signs in. Returns the milliseconds from the click to the cart.
  async signIn() {
    await this.fillIn();
    await this.rest();
    await this.eval(`bench.expect(bench.isCart)`);
    await this.submit();
    return this.eval(`bench.after()`);
  }

  // The number of requests that went over the network until `time`, in milliseconds since the first. Call this after all have ended.
  requestsUntil(time) {
    const all = [...this.requests.values()];
    return all.filter(({ at, isCached }) => !isCached && (at - all[0].at) * 1000 <= time).length;
  }

  async heap() {
    await this.tab.call('HeapProfiler.collectGarbage');
    return (await this.tab.call('Runtime.getHeapUsage')).usedSize;
  }

  // The time that the main thread has worked, without the time that it waited for a processor.
  async taskSeconds() {
    return (await this.metrics()).TaskDuration;
  }

  async metrics() {
    const { metrics } = await this.tab.call('Performance.getMetrics');
    return Object.fromEntries(metrics.map(({ name, value }) => [name, value]));
  }
}

const cart = `http://${host}/cart`;

// The measurements. Each has the network's speed, and a function that runs the visit and reports values.
const MEASUREMENTS = {
  visit: {
    network: SLOW_4G,
    async run(visit, report) {
      await visit.open(cart);
      const form = await visit.eval(`bench.first`);
      report('form', form);
      await visit.rest();
      report('requests-form', visit.requestsUntil(form));
      const cold = [...visit.requests.values()];
      report('bytes', sum(cold));
      for (const [kind, pattern] of Object.entries({ wasm: /wasm/, script: /javascript/, page: /html/, style: /css/, image: /image/ })) {
        report(`bytes-${kind}`, sum(cold.filter(it => pattern.test(it.type))));
      }
      report('blocking-load', await visit.eval(`bench.takeBlocking()`));

      report('click', await visit.signIn());
      await visit.rest();
      const shown = await visit.eval(`bench.shown()`);
      report('requests-click', visit.requestsUntil(shown) - visit.requestsUntil(await visit.eval(`bench.clicked()`)));
      report('blocking-click', await visit.eval(`bench.takeBlocking()`));

      await visit.open('about:blank');
      await visit.open(cart);
      report('return', await visit.eval(`bench.first`));
    },
  },
  hurried: {
    network: SLOW_4G,
    async run(visit, report) {
      await visit.open(cart);
      await visit.eval(`bench.first.then(() => bench.expect(bench.isCart))`);
      await visit.fillIn();
      await visit.submit();
      report('hurried', await visit.eval(`bench.shown()`));
    },
  },
  unthrottled: {
    network: NO_LIMIT,
    async run(visit, report) {
      await visit.open(cart);
      await visit.eval(`bench.first`);
      await visit.rest();
      report('click-unthrottled', await visit.signIn());
    },
  },
  'long-cart': {
    network: NO_LIMIT,
    async run(visit, report) {
      await visit.open(cart);
      await visit.eval(`bench.first`);
      await visit.rest();
      await visit.signIn();
      await visit.eval(`bench.settled()`);
      await visit.rest();
      await visit.click(`document.querySelector('nav a[href="/account"]')`);
      await visit.eval(`bench.painted(() => document.querySelector('main dd'))`);
      await visit.rest();

      await visit.eval(`bench.expect(bench.isCart)`);
      await visit.click(`document.querySelector('nav a[href="/cart"]')`);
      report('long-cart-first', await visit.eval(`bench.after()`));
      report('long-cart-open', await visit.eval(`bench.settled()`));
      await visit.rest();

      // A line in the middle of the rendered lines.
      const field = `(globalThis.field ??= (all => all[all.length >> 1])(document.querySelectorAll('main li input[type=number]')))`;
      const button = label => `${field}.closest('li').querySelector('button[aria-label^=${label}]')`;
      await visit.eval(`${field}.scrollIntoView({ block: 'center' }), bench.painted(() => true)`);
      await visit.eval(`(before => bench.expect(() => field.value !== before))(field.value)`);
      await visit.click(button('Increase'));
      report('long-cart-change', await visit.eval(`bench.after()`));
      await visit.rest();

      await visit.eval(`bench.expect(() => !field.isConnected)`);
      await visit.click(button('Remove'));
      report('long-cart-remove', await visit.eval(`bench.after()`));
      await visit.rest();

      // Puts the line back, so that the next visit finds the same number of lines. The removal's request holds the product and the token.
      const { url, headers } = [...visit.requests.values()].findLast(({ method }) => method === 'DELETE');
      const authorization = headers.authorization ?? headers.Authorization;
      const init = {
        method: 'PUT',
        headers: { authorization, 'content-type': 'application/json' },
        body: JSON.stringify({ quantity: 1 }),
      };
      const status = await visit.eval(`fetch('${url}', ${JSON.stringify(init)}).then(answer => answer.text().then(() => answer.status))`);
      if (status >= 300) throw new Error(`the removed line cannot be put back: ${status}`);
    },
  },
  'page-changes': {
    network: NO_LIMIT,
    runs: 1,
    async run(visit, report) {
      await visit.tab.call('Page.addScriptToEvaluateOnNewDocument', { source: WATCH_WASM_MEMORY });
      await visit.open(cart);
      await visit.eval(`bench.first`);
      await visit.rest();
      await visit.signIn();
      // The first changes do not count, because caches fill and lists grow to their final capacity during them.
      await changePages(visit, PAIRS.account, 500);
      const before = { heap: await visit.heap(), wasm: await visit.eval(WASM_BYTES), seconds: await visit.taskSeconds() };
      const changes = 3_000;
      await changePages(visit, PAIRS.account, changes);
      await visit.rest();
      const seconds = await visit.taskSeconds();
      report('page-change-time', ((seconds - before.seconds) * 1000) / changes);
      report('page-change-heap', ((await visit.heap()) - before.heap) / changes);
      report('page-change-wasm', ((await visit.eval(WASM_BYTES)) - before.wasm) / changes);
    },
  },
  pairs: {
    network: NO_LIMIT,
    async run(visit, report, app) {
      for (const [name, pair] of Object.entries(PAIRS)) {
        if (isPeer(app) && name !== 'account') continue; // the peers have no other pages with the app's markup
        await visit.open(`http://${name === 'thread' ? forums : host}/login`);
        await visit.eval(`bench.painted(() => location.pathname !== '/login' || bench.isForm())`);
        if (await visit.eval(`bench.isForm()`)) {
          await visit.fillIn();
          await visit.submit();
        }
        await visit.eval(`bench.painted(() => !document.documentElement.dataset.first)`); // the whole program has loaded
        if (name === 'orders') await visit.eval(LINK_TO_ORDERS);
        await visit.eval(follow([pair[1]]));
        await changePages(visit, pair, 60);
        const before = await visit.metrics();
        const changes = 200;
        await changePages(visit, pair, changes);
        const after = await visit.metrics();
        report(`${name}-time`, ((after.TaskDuration - before.TaskDuration) * 1000) / changes);
        report(`${name}-layouts`, (after.LayoutCount - before.LayoutCount) / changes);
        // Tells when a peer's markup has fallen behind the app's, so that the times compare different pages.
        let elements = 0;
        for (const link of pair) {
          await visit.eval(follow([link]));
          elements += await visit.eval(`document.body.querySelectorAll('*').length`);
        }
        report(`${name}-elements`, elements);
      }
    },
  },
};

// Another build of ours. All other apps are peers, which have a variant with our markup for the pairs.
const OTHER = 'other';
const isPeer = app => app !== 'ours' && app !== OTHER;

// Pairs of pages, as the links that lead from each to the other.
const PAIRS = {
  account: ['nav a[href="/account"]', 'nav a[href="/"]'],
  product: ['main .product h2 a', 'nav a[href="/"]'],
  orders: ['nav a[href="/cart"]', 'footer a[href="/orders"]'],
  thread: ['main a[href^="/posts/"]', 'nav a[href="/"]'],
};

// The cart has no link to the orders.
const LINK_TO_ORDERS = `document.querySelector('footer').append(Object.assign(document.createElement('a'), { href: '/orders', textContent: 'Orders' }))`;

const WATCH_WASM_MEMORY = `
  for (const name of ['instantiate', 'instantiateStreaming']) {
    const original = WebAssembly[name];
    WebAssembly[name] = async (...parameters) => {
      const result = await original.apply(WebAssembly, parameters);
      const { exports } = result.instance ?? result;
      // Only the program's first part exports its memory. The parts that load later import that memory.
      globalThis.wasmMemory ??= Object.values(exports).find(it => it instanceof WebAssembly.Memory);
      return result;
    };
  }`;
const WASM_BYTES = `globalThis.wasmMemory?.buffer.byteLength ?? 0`;

// A script that follows links one after another, and waits each time until the content is shown. A user's click focuses the link.
const follow = links => `(async () => {
  for (const selector of ${JSON.stringify(links)}) {
    const link = document.querySelector(selector);
    const { pathname } = link;
    link.focus();
    link.click();
    await bench.painted(() => location.pathname === pathname && document.querySelector('main h1') && !document.querySelector('main [aria-busy=true]'));
  }
})()`;

// Opens two pages in turn.
async function changePages(visit, links, count) {
  const toAndFro = follow(Array(10).fill(links).flat());
  for (let done = 0; done < count; done += 20) await visit.eval(toAndFro);
}

const sum = requests => requests.reduce((total, { bytes }) => total + bytes, 0);

// Points the server to the app's folder, and requests the page once, so that the server prepares it.
async function serve(folder) {
  rmSync(`${link}.new`, { force: true });
  symlinkSync(folder, `${link}.new`);
  renameSync(`${link}.new`, link);
  await new Promise((resolve, reject) => {
    const request = { host: '127.0.0.1', port, path: '/cart', headers: { host, 'accept-encoding': 'br' } };
    http.get(request, answer => answer.resume().on('end', resolve)).on('error', reject);
  });
}

async function measure(name, slowdown, [app, folder]) {
  const { network, run } = MEASUREMENTS[name];
  await serve(name === 'pairs' && isPeer(app) ? `${folder}-equal` : folder);
  const browser = await Browser.start(chromium);
  try {
    const visit = await Visit.begin(browser, { network, slowdown });
    const report = (key, value) => console.log('sample', key, slowdown, app, value.toFixed(3));
    await run(visit, report, app).catch(error => {
      throw new Error(`${app}, ${name}, processor ${slowdown} times slower: ${error.message}`);
    });
    await visit.quiet();
    report('calibration', await visit.eval(`bench.calibrate()`));
  } finally {
    await browser.stop();
  }
}

// The apps take turns, so that other load on the machine affects all of them.
for (let number = 0; number < runs; number++) {
  for (const [name, slowdown] of wanted.map(it => it.split('@'))) {
    if (number >= (MEASUREMENTS[name].runs ?? runs)) continue;
    // The order alternates, so that a machine that becomes slower favours no app.
    for (const app of number % 2 ? apps.toReversed() : apps) {
      console.error(`${name}, x${slowdown}, ${app[0]}, run ${number + 1}`);
      await measure(name, Number(slowdown), app);
    }
  }
}
