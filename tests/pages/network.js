// A pretended network: answers by method and path, remembers what was sent, can hold an answer back.
(() => {
  const state = { calls: [], answers: {}, held: {} };
  const base64url = value => btoa(JSON.stringify(value)).replace(/=+$/, '').replace(/\+/g, '-').replace(/\//g, '_');
  globalThis.network = {
    reset() {
      state.calls = [];
      state.answers = {};
      state.held = {};
    },
    answer(key, status, body) {
      state.answers[key] = { status, body };
    },
    hold(key) {
      state.held[key] = Promise.withResolvers();
    },
    release(key) {
      state.held[key].resolve();
      delete state.held[key];
    },
    calls: prefix => state.calls.filter(call => call.startsWith(prefix)).join('\n'),
    token(application, user) {
      const iat = Math.floor(Date.now() / 1000);
      const claims = { aud: application, sub: user, email: user + '@example.com', iss: 'storefront.example', iat, exp: iat + 300 };
      return [base64url({ alg: 'RS256', typ: 'JWT' }), base64url(claims), 'signature'].join('.');
    },
  };
  globalThis.fetch = async (input, init) => {
    const request = new Request(input, init);
    const key = request.method + ' ' + new URL(request.url).pathname;
    state.calls.push((key + ' ' + (await request.text())).trim());
    await state.held[key]?.promise;
    const answer = state.answers[key];
    if (!answer) throw new TypeError('no network');
    const type = answer.status < 400 ? 'application/json' : 'application/problem+json';
    return new Response(answer.body || null, { status: answer.status, headers: { 'Content-Type': type } });
  };
})();
