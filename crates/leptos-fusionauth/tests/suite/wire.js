// Between the page and the real fetch: remembers what leaves, and may answer in its place.
(() => {
  const real = globalThis.fetch;
  const warn = console.warn;
  globalThis.wire = {
    calls: [],
    answers: [],
    warned: [],
    awaited: {},
    /** Resolves when the next request of this name leaves. */
    next(name) {
      return new Promise(resolve => (this.awaited[name] = resolve));
    },
    /** Has an answer that a test holds back come. */
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
    // WebKit may collect `input` while a test holds nothing but this signal, which then no longer follows the one that is aborted.
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
