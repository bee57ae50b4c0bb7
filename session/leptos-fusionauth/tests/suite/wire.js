// Replaces the page's fetch: records each request, and may answer it in place of the network.
(() => {
  const real = globalThis.fetch;
  const warn = console.warn;
  globalThis.wire = {
    calls: [],
    answers: [],
    warned: [],
    awaited: {},
    /** Resolves when the page sends the next request of this method and path. */
    next(name) {
      return new Promise(resolve => (this.awaited[name] = resolve));
    },
    /** Releases the answer that a test holds back, if there is one. */
    answer: undefined,
    reset() {
      this.answer = undefined;
      this.awaited = {};
      this.calls = [];
      this.answers = [];
      this.warned = [];
    },
  };
  console.warn = text => {
    wire.warned.push(String(text));
    warn.call(console, text);
  };
  globalThis.fetch = (input, init) => {
    const request = new Request(input, init);
    // Keeps `input` alive as long as the signal. Otherwise WebKit may collect it, and the signal then no longer follows an abort.
    request.signal.followed = input;
    const name = request.method + ' ' + new URL(request.url).pathname;
    const token = request.headers.has('Authorization') ? ' +token' : '';
    const cookies = request.credentials === 'include' ? ' +cookies' : '';
    const tenant = request.headers.has('X-FusionAuth-TenantId') ? ' +tenant' : '';
    wire.calls.push(name + token + cookies + tenant);
    wire.awaited[name]?.();
    const at = wire.answers.findIndex(([wanted]) => wanted === name);
    return at < 0 ? real(request) : Promise.resolve(wire.answers.splice(at, 1)[0][1](request));
  };
})();
