// A pretended network for the tests, in place of `fetch`. It answers by method and path, remembers what was sent, can hold an answer
// back, and can be switched off.
(() => {
  const state = {};
  const base64url = value => btoa(JSON.stringify(value)).replace(/=+$/, '').replace(/\+/g, '-').replace(/\//g, '_');
  const products = { mug: ['Enamel mug', 1490], blanket: ['Wool blanket', 8900], atlas: ['Star atlas', 2850], 'mug-blue': ['Mug, blue', 1590] };
  Object.defineProperty(navigator, 'onLine', { get: () => !state.offline, configurable: true });

  // A backend's cart, which every answer holds as a whole. An addition with a known key is done already. The first request about the cart of
  // a user takes the lines of the visitor's cart.
  const answerOfCart = (method, path, text, idempotencyKey, ifMatch) => {
    const [, name, product] = path.match(/^\/api\/(shopping-cart|guest-cart)(?:\/lines)?(?:\/(.+))?$/) ?? [, path];
    const isGuests = name === 'guest-cart';
    if (!state.cart || !isGuests && name !== 'shopping-cart' && path !== '/api/load-shopping-cart') return;
    if (isGuests && state.guestGone && method !== 'GET') {
      state.guestGone = false;
      return { status: 409, body: '{"type":"/problems/guest-cart-gone","title":"Cart gone","status":409}' };
    }
    if (isGuests && method === 'POST') state.guest ??= {};
    const cart = isGuests ? state.guest ?? {} : state.cart;
    const put = (id, change) => { cart[id] = change(cart[id] ?? 0); };
    if (!isGuests && state.guest) {
      for (const [id, quantity] of Object.entries(state.guest)) put(id, before => before + quantity);
      if (Object.keys(state.guest).length) state.notice = 'What you chose before you signed in is in your cart.';
      state.guest = null;
    }
    if (ifMatch && ifMatch !== `"${cart[product]}"`) {
      return { status: 412, body: '{"type":"/problems/line-changed","title":"Line changed","status":412,"detail":"It was changed elsewhere meanwhile."}' };
    }
    const body = text && JSON.parse(text);
    if (method === 'PUT') put(product, () => body.quantity);
    else if (method === 'DELETE') delete cart[product];
    else if (product === 'acknowledgement') state.notice = undefined;
    else if (method === 'POST') {
      const done = name + idempotencyKey;
      if (!state.done.has(done)) put(body.product, before => before + body.quantity);
      state.done.add(done);
    }
    const lines = Object.entries(cart).map(([product, quantity]) =>
      ({ product, name: products[product][0], unitPrice: products[product][1], quantity }));
    const total = lines.reduce((sum, line) => sum + line.unitPrice * line.quantity, 0);
    const notice = isGuests ? 'This cart is kept in this browser for 30 days.' : state.notice;
    return { status: 200, body: JSON.stringify({ currency: 'EUR', total, lines, notice }) };
  };

  globalThis.network = {
    reset() {
      Object.assign(state, { calls: [], keys: [], languages: [], answers: {}, held: {}, cart: null, guest: null, guestGone: false, notice: undefined, done: new Set(), offline: false, later: 0, hurried: 0 });
    },
    // A key with a query answers that query alone, one without it every query.
    answer(key, status, body, headers = {}) {
      state.answers[key] = { status, body, headers };
    },
    forgetAnswer(key) {
      delete state.answers[key];
    },
    cart(lines) {
      state.cart = lines;
    },
    quantity: product => state.cart[product],
    notice(text) {
      state.notice = text;
    },
    // From now on it is so many milliseconds later.
    later(milliseconds) {
      state.later += milliseconds;
    },
    // Timers of so many milliseconds end at once.
    hurry(milliseconds) {
      state.hurried = milliseconds;
    },
    // What another request has merged, or the backend has purged.
    guestGone() {
      Object.assign(state, { guest: null, guestGone: true });
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
  network.reset();
  // WebKit refuses a page's address a change after a hundred within ten seconds.
  let changes = [];
  for (const name of ['pushState', 'replaceState']) {
    const change = history[name];
    history[name] = function (...args) {
      changes.push(performance.now());
      return change.apply(this, args);
    };
  }
  network.mayChangeAddress = () => (changes = changes.filter(at => performance.now() - at < 11_000)).length < 80;
  const { setTimeout } = globalThis, { now } = Date;
  Date.now = () => now() + state.later;
  globalThis.setTimeout = (run, milliseconds, ...rest) => setTimeout(run, milliseconds && milliseconds === state.hurried ? 5 : milliseconds, ...rest);
  globalThis.fetch = async (input, init) => {
    const request = new Request(input, init);
    const { pathname: path, search } = new URL(request.url);
    const key = request.method + ' ' + path;
    const body = await request.text();
    state.calls.push((key + search + ' ' + body).trim());
    const idempotencyKey = request.headers.get('Idempotency-Key') ?? '';
    state.keys.push(idempotencyKey);
    state.languages.push(request.headers.get('Accept-Language') ?? '');
    await state.held[key + search]?.promise;
    if (state.offline) throw new TypeError('no network');
    const answer = state.answers[key + search] ?? state.answers[key] ?? answerOfCart(request.method, path, body, idempotencyKey, request.headers.get('If-Match'));
    if (!answer) throw new TypeError('no network');
    const type = answer.status < 400 ? 'application/json' : 'application/problem+json';
    const headers = new Headers({ 'Content-Type': type, ...answer.headers });
    if (state.guest && path === '/api/products') headers.set('Guest-Cart-Items', Object.values(state.guest).reduce((sum, quantity) => sum + quantity, 0));
    return new Response(answer.body || null, { status: answer.status, headers });
  };
})();
