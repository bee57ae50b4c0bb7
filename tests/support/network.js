// A simulated network for the tests, in place of `fetch`. It answers each request by its method and path, and records the request. A test
// can hold answers back, and switch the network off.
(() => {
  // No password manager creates passkeys in these pages. tests/account/passkeys.rs fakes one.
  delete globalThis.PublicKeyCredential?.getClientCapabilities;
  const state = {};
  const base64url = value => btoa(JSON.stringify(value)).replace(/=+$/, '').replace(/\+/g, '-').replace(/\//g, '_');
  const products = { mug: ['Enamel mug', 1490], blanket: ['Wool blanket', 8900], atlas: ['Star atlas', 2850], 'mug-blue': ['Mug, blue', 1590] };
  Object.defineProperty(navigator, 'onLine', { get: () => !state.offline, configurable: true });

  const problem = (status, code, detail) =>
    ({ status, body: JSON.stringify({ type: '/problems/' + code, title: code, status, detail }) });

  // Executes a write only once for each idempotency key. A repeat with the key gets the first answer. A rejection that depends on the
  // current cart (`isBecauseOfState`) is not stored.
  const once = (path, idempotencyKey, text, write) => {
    if (!idempotencyKey) return write();
    const key = path + ' ' + idempotencyKey, known = state.done.get(key);
    if (known) return known.text === text ? known.answer : problem(422, 'idempotency-key-reused', 'This key has another content.');
    const answer = write();
    if (!answer?.isBecauseOfState) state.done.set(key, { text, answer });
    return answer;
  };

  const linesOf = cart => Object.entries(cart).map(([product, quantity]) =>
    ({ product, name: products[product][0], unitPrice: state.prices[product] ?? products[product][1], quantity, version: state.versions[product] }));
  const totalOf = lines => lines.reduce((sum, line) => sum + line.unitPrice * line.quantity, 0);
  const itemsOf = lines => lines.reduce((sum, line) => sum + line.quantity, 0);

  // Every write gives the line a new version.
  const written = product => { state.versions[product] = (state.versions[product] ?? 0) + 1; };

  // The backend's cart. Every answer contains the whole cart. The first request for a user's cart merges the visitor's cart into it.
  const answerOfCart = (method, path, text, idempotencyKey, { ifMatch, ifNoneMatch }) => {
    const [, name, product] = path.match(/^\/api\/(shopping-cart|guest-cart)(?:\/lines)?(?:\/(.+))?$/) ?? [, path];
    const isGuests = name === 'guest-cart';
    if (!state.cart || !isGuests && name !== 'shopping-cart' && path !== '/api/load-shopping-cart') return;
    if (isGuests && state.guestGone && method !== 'GET') {
      state.guestGone = false;
      return { status: 409, body: '{"type":"/problems/guest-cart-gone","title":"Cart not found","status":409}' };
    }
    if (isGuests && method === 'POST') state.guest ??= {};
    const cart = isGuests ? state.guest ?? {} : state.cart;
    const put = (id, change) => {
      cart[id] = change(cart[id] ?? 0);
      written(id);
    };
    if (!isGuests && state.guest) {
      for (const [id, quantity] of Object.entries(state.guest)) put(id, before => before + quantity);
      if (Object.keys(state.guest).length) state.notice = 'Your cart now includes what you added before you signed in.';
      state.guest = null;
    }
    const body = text && JSON.parse(text);
    const isThere = product in cart, isDone = method !== 'POST' && (cart[product] ?? 0) === (body.quantity ?? 0);
    if (!isDone && (ifMatch && !(isThere && ifMatch === `"${state.versions[product]}"`) || ifNoneMatch && isThere)) {
      return { status: 412, body: '{"type":"/problems/line-changed","title":"Item changed","status":412,"detail":"This item has since changed in another tab or on another device."}' };
    }
    const missing = (product, quantity) => {
      const stock = state.stock[product] ?? 99;
      return quantity > stock && problem(409, 'out-of-stock', `Only ${stock} left in stock.`);
    };
    if (method === 'PUT') {
      const refusal = missing(product, body.quantity);
      if (refusal) return refusal;
      put(product, () => body.quantity);
    } else if (method === 'DELETE') delete cart[product];
    else if (product === 'acknowledgement') state.notice = undefined;
    else if (method === 'POST') {
      // A repeat changes nothing, and is answered with the current cart.
      const refusal = once(path, idempotencyKey, text, () => {
        const refusal = missing(body.product, (cart[body.product] ?? 0) + body.quantity);
        if (refusal) return refusal;
        put(body.product, before => before + body.quantity);
      });
      if (refusal) return refusal;
    }
    const lines = linesOf(cart), total = totalOf(lines);
    const notice = isGuests ? 'This cart is kept in this browser for 30 days.' : state.notice;
    return { status: 200, body: JSON.stringify({ currency: 'EUR', total, lines, notice }) };
  };

  const DELIVERIES = [{ delivery: 'standard', price: 490 }, { delivery: 'express', price: 990 }];
  const EMPTY_FORM = {
    address: { fullName: '', street: '', streetExtra: '', postalCode: '', city: '', country: 'DE' },
    delivery: 'standard',
  };

  // The backend's orders. The backend rejects an order if the request's lines or total differ from those of the cart.
  const answerOfOrders = (method, path, text, key) => {
    if (!state.orders) return;
    const ok = (status, value) => ({ status, body: JSON.stringify(value) });
    const lines = linesOf(state.cart);
    if (path === '/api/checkout' && method === 'PUT') {
      state.form = JSON.parse(text);
      return ok(200, {});
    }
    if (path === '/api/checkout') {
      const cart = { currency: 'EUR', lines, total: totalOf(lines) }, latestOrder = state.orders.at(-1)?.summary ?? null;
      return ok(200, {
        cart, deliveries: DELIVERIES, form: state.form ?? EMPTY_FORM, key: `order-${state.orders.length + 1}`, confirmationEmail: null, latestOrder,
      });
    }
    if (path === '/api/orders' && method === 'POST') {
      return once(path, key, text, () => {
        const wanted = JSON.parse(text), delivery = DELIVERIES.find(it => it.delivery === wanted.delivery);
        const refused = code => ({ ...problem(409, code, 'Nothing was ordered.'), isBecauseOfState: true });
        if (!lines.length) return refused('cart-empty');
        const isSeen = wanted.total === totalOf(lines) + delivery.price && wanted.lines.length === lines.length
          && lines.every(it => wanted.lines.some(seen => seen.product === it.product && seen.quantity === it.quantity && seen.unitPrice === it.unitPrice));
        if (!isSeen) return refused('checkout-changed');
        const at = state.orders.length + 1;
        const summary = {
          id: `00000000-0000-4000-8000-00000000000${at}`, number: `0000-000${at}`, state: 'placed', placedAt: '2026-11-20T08:00:00Z', currency: 'EUR',
          items: itemsOf(lines), total: wanted.total,
        };
        state.orders.push({ summary, lines, ...delivery, deliveryPrice: delivery.price, address: wanted.address, confirmationEmail: null });
        state.cart = {};
        return ok(201, summary);
      });
    }
    const order = state.orders.find(it => path === '/api/orders/' + it.summary.id);
    return order && ok(200, order);
  };

  // The backend's threads with their replies.
  const answerOfThreads = (method, path, text, key) => {
    if (!state.threads) return;
    const ok = (status, value) => ({ status, body: JSON.stringify(value) });
    const asListed = ({ all, ...post }) => ({ ...post, replies: all.length });
    if (path === '/api/load-posts') return ok(200, state.threads.map(asListed));
    if (path.startsWith('/api/drafts/')) return ok(200, { savedAt: method === 'PUT' && JSON.parse(text).body ? Date.now() : 0 });
    const [, id, isReply] = path.match(/^\/api\/posts(?:\/([^/]+))?(\/replies)?$/) ?? [];
    const thread = state.threads.find(it => it.id === id);
    if (thread && method === 'GET') return ok(200, { post: asListed(thread), replies: thread.all });
    if (method !== 'POST' || id && !(thread && isReply)) return;
    return once(path, key, text, () => {
      if (thread?.locked) return problem(409, 'thread-closed', "This thread is closed. You can't reply to it.");
      const post = network.publish(JSON.parse(text), thread);
      return ok(201, thread ? post : asListed(post));
    });
  };

  // A stream that stays open until the request is aborted.
  const openStream = signal => {
    const start = controller => {
      state.streams.add(controller);
      signal.addEventListener('abort', () => state.streams.delete(controller) && controller.error(signal.reason));
    };
    return new Response(new ReadableStream({ start }), { status: 200, headers: { 'Content-Type': 'text/event-stream' } });
  };

  globalThis.network = {
    reset() {
      // Tests that never wait would otherwise exceed the browser's limit together. Nothing of the next test runs yet, so this may block.
      while (!network.mayChangeAddress());
      state.resets = (state.resets ?? 0) + 1;
      // The stopped timers belong to the previous test's app.
      for (const [id, { isStopped }] of timers) isStopped && globalThis.clearTimeout(id);
      Object.assign(state, { calls: [], keys: [], languages: [], answers: {}, held: {}, cart: null, guest: null, guestGone: false, notice: undefined, done: new Map(), offline: false, stoppedAt: null, later: 0, hurried: [], stopped: [], hasEvents: false, streams: new Set() });
      Object.assign(state, { lost: {}, refused: {}, late: [], prices: {}, versions: {}, answered: Infinity, stock: {}, orders: null, form: null, threads: null, published: 1 });
    },
    // `key` is a method and a path. If it has a query, the answer is only for that query. Otherwise the answer is for every query of the
    // path.
    answer(key, status, body, headers = {}) {
      state.answers[key] = { status, body, headers };
    },
    forgetAnswer(key) {
      delete state.answers[key];
    },
    // Sets the cart, as another device would.
    cart(lines) {
      for (const product in { ...state.cart, ...lines }) if (state.cart?.[product] !== lines[product]) written(product);
      state.cart = lines;
    },
    // Sets the visitor's cart.
    guest(lines) {
      for (const product in lines) written(product);
      state.guest = lines;
    },
    // Sends this message about the cart, as another tab does.
    sendCartMessage(message) {
      const other = new BroadcastChannel('storefront.cart'), last = new BroadcastChannel('storefront.cart');
      state.hasCartMessageArrived = false;
      // A browser delivers a message to a page's channels in the order of their opening, so the app receives it before `last` does.
      last.onmessage = ({ data }) => {
        if (data !== message) return;
        state.hasCartMessageArrived = true;
        other.close();
        last.close();
      };
      other.postMessage(message);
    },
    // Whether the message of `sendCartMessage` has arrived.
    hasCartMessageArrived: () => state.hasCartMessageArrived,
    quantity: product => state.cart[product],
    items: () => itemsOf(linesOf(state.cart)),
    total: () => totalOf(linesOf(state.cart)),
    cartAnswer: () => JSON.stringify({ currency: 'EUR', total: network.total(), lines: linesOf(state.cart) }),
    price(product, price) {
      state.prices[product] = price;
    },
    stock(product, stock) {
      state.stock[product] = stock;
    },
    // From now on the backend accepts orders.
    orders() {
      state.orders = [];
    },
    // The number of orders, and the sum of their totals.
    ordered: () => state.orders.length,
    orderedTotal: () => state.orders.reduce((sum, it) => sum + it.summary.total, 0),
    // From now on the backend has threads. It starts with one.
    threads() {
      state.threads = [];
      network.publish({ body: 'Which mug?' }).id = 't1';
    },
    publish({ body, title }, thread) {
      const post = { id: 'p' + state.published++, author: 'Sam', body, title, createdAt: '2026-11-20T09:00:00Z', own: true, version: 1 };
      if (thread) thread.all.push(post);
      else state.threads.unshift({ ...post, lastActivity: post.createdAt, locked: false, all: [] });
      return thread ? post : state.threads[0];
    },
    lock(locked) {
      state.threads.at(-1).locked = locked;
    },
    reply(body) {
      network.publish({ body }, state.threads.at(-1));
    },
    // The number of posts and replies with this text.
    published: body => state.threads.flatMap(it => [it, ...it.all]).filter(it => it.body === body).length,
    // The number of replies in the oldest thread.
    replies: () => state.threads.at(-1).all.length,
    notice(text) {
      state.notice = text;
    },
    // Stops the clock. From now on, only `later` and `elapse` move it.
    stopClock() {
      state.stoppedAt = now();
    },
    // Moves the clock forward, without running timers.
    later(milliseconds) {
      state.later += milliseconds;
    },
    // Timers with one of these durations run at once.
    hurry(...milliseconds) {
      state.hurried = milliseconds;
    },
    // Timers with one of these durations run only by `elapse`. So do all timers of 15 seconds or more, unless `hurry` names their duration.
    stop(...milliseconds) {
      state.stopped = milliseconds;
    },
    // The number of timers with this duration that run only by `elapse`.
    stopped: milliseconds => [...timers.values()].filter(it => it.isStopped && it.milliseconds === milliseconds).length,
    // The errors that no test has caught since the last call.
    errors: () => errors.splice(0).join('\n'),
    // Whether an answer that the test does not hold back is in flight, or a timer that `elapse` has made due has not run yet.
    isBusy: () => answering > 0 || ending.size > 0,
    // Sets whether the backend answers with a stream of the cart's events.
    events(hasEvents) {
      state.hasEvents = hasEvents;
    },
    sendCartEvent(version) {
      for (const stream of state.streams) stream.enqueue(new TextEncoder().encode(`: comment\n\ndata: ${version}\n\n`));
    },
    // The number of open streams.
    streams: () => state.streams.size,
    cutStreams() {
      for (const stream of state.streams) stream.close();
      state.streams.clear();
    },
    // Removes the visitor's cart, as if another request had merged it or the backend had purged it.
    guestGone() {
      Object.assign(state, { guest: null, guestGone: true });
    },
    // Moves the clock forward, and runs every timer that is then due.
    elapse(milliseconds) {
      state.later += milliseconds;
      const due = [...timers].filter(([, it]) => it.due <= Date.now()).sort(([, one], [, other]) => one.due - other.due);
      for (const [id, { run }] of due) {
        clearTimeout(id);
        ending.add(id);
        setTimeout(() => {
          ending.delete(id);
          run();
        }, 0);
      }
    },
    // Sets whether the answers to the requests of `key` are lost. The backend still handles the requests.
    loseAnswers(key, isLost) {
      state.lost[key] = isLost;
    },
    // Makes the backend reject the requests of `key`. A repeat with the same idempotency key gets the same rejection, even after the test
    // has ended this setting.
    refuse(key, status, body) {
      state.refused[key] = status && { status, body };
    },
    // Answers later requests of `key` at once. The requests that are held now reach the backend when the test calls `arriveLate`.
    stopHolding(key) {
      state.late.push(state.held[key]);
      delete state.held[key];
    },
    arriveLate() {
      state.late.splice(0).forEach(it => it.resolve());
    },
    // Answers this many requests, and holds back all later ones until `releaseAll`.
    holdAllAfter(answered) {
      state.answered = answered;
      state.heldAfter = 0;
      state.all = Promise.withResolvers();
    },
    // The number of requests that `holdAllAfter` holds back.
    heldAfter: () => state.heldAfter,
    releaseAll() {
      state.answered = Infinity;
      state.all.resolve();
    },
    hold(key) {
      state.held[key] = Promise.withResolvers();
    },
    release(key) {
      state.held[key].resolve();
      delete state.held[key];
    },
    offline(offline) {
      state.offline = offline;
      dispatchEvent(new Event(offline ? 'offline' : 'online'));
    },
    calls: prefix => state.calls.filter(call => call.startsWith(prefix)).join('\n'),
    keys: prefix => state.keys.filter((_, at) => state.calls[at].startsWith(prefix)).join('\n'),
    languages: prefix => state.languages.filter((_, at) => state.calls[at].startsWith(prefix)).join('\n'),
    token(application, user) {
      const iat = Math.floor(Date.now() / 1000);
      const claims = { aud: application, sub: user, email: user + '@example.com', iss: 'storefront.example', iat, exp: iat + 300 };
      return [base64url({ alg: 'RS256', typ: 'JWT' }), base64url(claims), 'signature'].join('.');
    },
  };
  const errors = [];
  addEventListener('error', event => errors.push(event.message));
  // WebKit rejects a change of the URL after a hundred changes within ten seconds, Chromium and Firefox after two hundred.
  let changes = [];
  for (const name of ['pushState', 'replaceState']) {
    const change = history[name];
    history[name] = function (...args) {
      changes.push(performance.now());
      return change.apply(this, args);
    };
  }
  const isWebKit = !/Chrome|Firefox/.test(navigator.userAgent);
  network.mayChangeAddress = () => (changes = changes.filter(at => performance.now() - at < 11_000)).length < (isWebKit ? 80 : 160);
  const { setTimeout, clearTimeout } = globalThis, { now } = Date;
  Date.now = () => (state.stoppedAt ?? now()) + state.later;
  const timers = new Map(), ending = new Set(), NEVER = 2 ** 31 - 1;
  // Long timers run only by `elapse` or `hurry`, because on a busy machine a test may take longer than the app's time limit for an answer.
  const mustStop = milliseconds => milliseconds >= 15_000 || state.stopped.includes(milliseconds);
  globalThis.setTimeout = (run, milliseconds = 0, ...rest) => {
    const runOnce = () => timers.delete(id) && run(...rest);
    const isHurried = state.hurried.includes(milliseconds), isStopped = !isHurried && mustStop(milliseconds);
    const id = setTimeout(runOnce, isHurried ? 5 : isStopped ? NEVER : milliseconds);
    timers.set(id, { milliseconds, isStopped, due: Date.now() + milliseconds, run: runOnce });
    return id;
  };
  globalThis.clearTimeout = id => {
    timers.delete(id);
    clearTimeout(id);
  };
  // The number of requests that are being answered and of bodies that are being read.
  let answering = 0;
  const whileAnswering = async begin => {
    answering += 1;
    try {
      return await begin();
    } finally {
      answering -= 1;
    }
  };
  for (const name of ['arrayBuffer', 'json', 'text']) {
    const read = Response.prototype[name];
    Response.prototype[name] = function () {
      return whileAnswering(() => read.call(this));
    };
  }
  globalThis.fetch = (input, init) => whileAnswering(async () => {
    const request = new Request(input, init);
    const { pathname: path, search } = new URL(request.url);
    const key = request.method + ' ' + path;
    const { resets } = state;
    const body = await request.text();
    if (state.resets !== resets) throw new TypeError('no network'); // the previous test's app has sent the request
    state.calls.push((key + search + ' ' + body).trim());
    const idempotencyKey = request.headers.get('Idempotency-Key') ?? '';
    state.keys.push(idempotencyKey);
    state.languages.push(request.headers.get('Accept-Language') ?? '');
    const isOver = state.calls.length > state.answered;
    if (isOver) state.heldAfter += 1;
    const held = isOver ? state.all : state.held[key + search];
    if (held) {
      answering -= 1;
      await held.promise;
      answering += 1;
    }
    if (state.offline) throw new TypeError('no network');
    if (state.hasEvents && path === '/api/shopping-cart/events' && !state.answers[key]) return openStream(request.signal);
    const backend = () => state.refused[key] && once(path, idempotencyKey, body, () => state.refused[key])
      || answerOfCart(request.method, path, body, idempotencyKey, { ifMatch: request.headers.get('If-Match'), ifNoneMatch: request.headers.get('If-None-Match') })
      || answerOfOrders(request.method, path, body, idempotencyKey)
      || answerOfThreads(request.method, path, body, idempotencyKey);
    const answer = state.answers[key + search] ?? state.answers[key] ?? backend();
    if (!answer || state.lost[key]) throw new TypeError('no network');
    const type = answer.status < 400 ? 'application/json' : 'application/problem+json';
    const headers = new Headers({ 'Content-Type': type, ...answer.headers });
    if (state.guest && path === '/api/products') headers.set('Guest-Cart-Items', Object.values(state.guest).reduce((sum, quantity) => sum + quantity, 0));
    return new Response(answer.body || null, { status: answer.status, headers });
  });
  network.reset();
})();
