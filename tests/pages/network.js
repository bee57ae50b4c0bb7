// A pretended network for the tests, in place of `fetch`. It answers by method and path, remembers what was sent, can hold an answer
// back, and can be switched off.
(() => {
  const state = {};
  const base64url = value => btoa(JSON.stringify(value)).replace(/=+$/, '').replace(/\+/g, '-').replace(/\//g, '_');
  const products = { mug: ['Enamel mug', 1490], blanket: ['Wool blanket', 8900], atlas: ['Star atlas', 2850] };
  Object.defineProperty(navigator, 'onLine', { get: () => !state.offline, configurable: true });

  // A backend's cart, which every answer holds as a whole. An addition with a known key is done already.
  const answerOfCart = (method, path, text, idempotencyKey) => {
    if (!state.cart) return;
    const body = text && JSON.parse(text);
    const put = (id, change) => { state.cart[id] = change(state.cart[id] ?? 0); };
    const line = path.match(/^\/api\/shopping-cart\/lines\/(.+)$/)?.[1];
    if (method === 'PUT' && line) put(line, () => body.quantity);
    else if (method === 'DELETE' && line) delete state.cart[line];
    else if (method === 'POST' && path === '/api/shopping-cart/lines') {
      if (!state.done.has(idempotencyKey)) put(body.product, before => before + body.quantity);
      state.done.add(idempotencyKey);
    }
    else if (path !== '/api/load-shopping-cart') return;
    const lines = Object.entries(state.cart).map(([product, quantity]) =>
      ({ product, name: products[product][0], unitPrice: products[product][1], quantity }));
    const total = lines.reduce((sum, line) => sum + line.unitPrice * line.quantity, 0);
    return { status: 200, body: JSON.stringify({ currency: 'EUR', total, lines }) };
  };

  globalThis.network = {
    reset() {
      Object.assign(state, { calls: [], keys: [], answers: {}, held: {}, cart: null, done: new Set(), offline: false });
    },
    answer(key, status, body) {
      state.answers[key] = { status, body };
    },
    cart(lines) {
      state.cart = lines;
    },
    quantity: product => state.cart[product],
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
    token(application, user) {
      const iat = Math.floor(Date.now() / 1000);
      const claims = { aud: application, sub: user, email: user + '@example.com', iss: 'storefront.example', iat, exp: iat + 300 };
      return [base64url({ alg: 'RS256', typ: 'JWT' }), base64url(claims), 'signature'].join('.');
    },
  };
  network.reset();
  globalThis.fetch = async (input, init) => {
    const request = new Request(input, init);
    const path = new URL(request.url).pathname;
    const key = request.method + ' ' + path;
    const body = await request.text();
    state.calls.push((key + ' ' + body).trim());
    const idempotencyKey = request.headers.get('Idempotency-Key') ?? '';
    state.keys.push(idempotencyKey);
    await state.held[key]?.promise;
    if (state.offline) throw new TypeError('no network');
    const answer = state.answers[key] ?? answerOfCart(request.method, path, body, idempotencyKey);
    if (!answer) throw new TypeError('no network');
    const type = answer.status < 400 ? 'application/json' : 'application/problem+json';
    return new Response(answer.body || null, { status: answer.status, headers: { 'Content-Type': type } });
  };
})();
