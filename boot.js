// Runs before the page is painted: chooses what the static page shows, asks for the page's data, holds an early submit, starts the app.
// It decides nothing about the session: the app finds out whether somebody is signed in.
(() => {
  'use strict';
  const { js, wasm, styles, serviceWorker } = document.currentScript.dataset;
  const root = document.documentElement.dataset;
  const find = id => document.getElementById(id);

  let config = {};
  let record = null;
  let guestItems = null;
  let chosen = navigator.language;
  // The app reports a wrong configuration; a browser that blocks storage has no sign-in to look for.
  try {
    config = JSON.parse(find('storefront-config').textContent);
    record = localStorage.getItem('fusionauth.session.' + config.applicationId)?.includes('"session":');
    chosen = localStorage.getItem('language') ?? chosen;
    guestItems = sessionStorage.getItem('storefront.guest-cart');
  } catch {}
  const isGerman = /^de/.test(chosen);
  const language = document.documentElement.lang = isGerman ? 'de' : 'en';
  // The app sends the same with its requests (src/data/client.rs).
  const headers = [['Accept-Language', language]];
  // The pages that need a session, each with what it reads first. The paths are those of src/core/route.rs; a test there compares them.
  const guarded = {
    store: { '/cart': '/api/load-shopping-cart', '/checkout': '/api/checkout', '/orders': '/api/orders', '/account': '/api/user' },
    forums: { '/': '/api/load-posts', '/account': '/api/user' },
  };
  const login = '/login';
  const path = location.pathname.replace(/(.)\/+$/, '$1');
  const read = guarded[config.app]?.[path];
  root.app = config.app;
  root.boot = record ? 'returning' : 'visitor';
  // Where cookies hold the sign-in, somebody may be signed in without a record in local storage.
  const isNobody = !record && config.workflow === 'spa-local-storage';
  // The form, only where the app will show it: a visitor with items in the cart sees the cart without a sign-in, and a
  // signed-in user is sent to the next page.
  const first = (path === login && !record) || (isNobody && read && !(guestItems && path === '/cart')) ? 'form' : 'skeleton';
  // The pages that are in a part of the program; src/ui/part.js loads that of this page, and its texts, beside the program. A test compares
  // them, too.
  const parts = {
    store: { '/': 'products', '/checkout': 'checkout', '/orders': 'orders', '/account': 'account' },
    forums: { '/': 'forums', '/account': 'account' },
  };
  const part = first === 'form' ? '' : parts[config.app]?.[path] ?? '';
  root.parts = isGerman ? `german ${part && 'german_of_parts'} ${part}` : part;

  const parsed = new Promise(done => document.addEventListener('DOMContentLoaded', done));
  // The German of the static page is in attributes. Until it is in place, neither the form nor the grey shapes are shown.
  const show = () => {
    for (const part of isGerman ? [document, find('cart-page').content] : []) {
      for (const it of part.querySelectorAll('[data-de], [data-de-label]')) {
        if (it.dataset.de) it.lastChild.data = it.dataset.de;
        if (it.dataset.deLabel) it.ariaLabel = it.dataset.deLabel;
      }
    }
    root.first = first;
  };
  isGerman ? parsed.then(show) : show();
  const broken = () => parsed.then(() => { find('broken').hidden = false; });
  document.addEventListener('click', ({ target: { id } }) => {
    if (!['reload', 'de', 'en'].includes(id)) return;
    // Where storage is blocked, the browser's language stays.
    try {
      if (id !== 'reload') localStorage.setItem('language', id);
    } catch {}
    location.reload();
  });

  const linked = (rel, href) => new Promise(settled => {
    const link = document.createElement('link');
    document.head.append(Object.assign(link, { rel, href, onload: settled, onerror: settled }));
  });

  // The styles that the first screen does without: after the app's script, so that they do not delay the form, and after the page's own.
  const glue = import(js);
  // Development builds link all styles in the page.
  const styled = styles ? glue.then(() => parsed).then(() => linked('stylesheet', styles)) : parsed;

  // The cart, which the page shows before the app does. What was typed after a submit, leaving the page, and what another tab does to the
  // session make its answer void.
  let version = 0;
  const showing = url => {
    const asked = version;
    return url === guarded.store['/cart'] && ((text, user, isCurrent) => {
      styled.then(() => asked === version && isCurrent() && self.earlyCart?.(text, user, config.applicationId, record)).catch(() => {});
    });
  };
  addEventListener('pagehide', () => version++);
  addEventListener('storage', ({ key }) => (!key || key.endsWith('session.' + config.applicationId)) && version++);
  // The app takes this request over if it would send the same one.
  if (read) self.fusionauthEarly?.get(config.applicationId, read, headers, showing(read));

  // The app's form and that of the page. Where cookies hold the sign-in the app sends it, so there is nothing to expect. The cart that
  // follows at the Store shows drawings; before the app is there they would only delay it.
  let drawings = config.app === 'store' && '/assets/products.svg';
  for (const type of ['input', 'pointerdown']) {
    document.addEventListener(type, event => {
      if (event.target.form?.id !== 'login') return;
      if (type === 'input') version++;
      if (isNobody) self.fusionauthEarly?.expect(config.applicationId);
      if (!drawings || event.target.closest('#shell')) return;
      linked('prefetch', drawings);
      drawings = null;
    });
  }

  // A submit is sent at once, and the app takes over what was sent, if it would send the same. The page's form is held for the app, because
  // a native submit would post the password to this page. The app then submits what the form holds by that time.
  document.addEventListener('submit', event => {
    const form = event.target;
    if (form.id !== 'login') return;
    const isStatic = form.closest('#shell');
    if (isStatic) event.preventDefault();
    // A form that is not shown can only be submitted by a program, such as a password manager, and the app would not take the sign-in over.
    if (isStatic && first !== 'form') return;
    const [username, password] = form.querySelectorAll('input');
    const next = new URLSearchParams(location.search).get('next');
    const data = !next ? read : Object.hasOwn(guarded[config.app], next) ? guarded[config.app][next] : undefined;
    const button = form.querySelector('[type=submit]');
    if (isNobody && button.ariaDisabled !== 'true') self.fusionauthEarly?.signIn(config.fusionauthUrl, config.applicationId, username.value.trim(), password.value, data, headers, isStatic && showing(data));
    if (!isStatic) return;
    form.dataset.held = '';
    button.textContent = isGerman ? 'Anmeldung läuft …' : 'Signing in…';
    button.setAttribute('aria-disabled', 'true');
  }, true);

  // A panic ends in a trap. Other errors come from browser extensions and the like, and leave the app as it is.
  const trapped = error => error instanceof WebAssembly.RuntimeError && broken();
  addEventListener('error', event => trapped(event.error));
  addEventListener('unhandledrejection', event => trapped(event.reason));

  Promise.all([glue, WebAssembly.compileStreaming(fetch(wasm)), styled])
    .then(([{ default: start }, module]) => start({ module_or_path: module }))
    .then(wasm => dispatchEvent(new CustomEvent('TrunkApplicationStarted', { detail: { wasm } })))
    .catch(error => { broken(); throw error; })
    // Without it visits need the network, as they do in browsers that have none or that block storage.
    .then(() => serviceWorker && navigator.serviceWorker?.register(serviceWorker).catch(() => {}))
    // Browsers offer to install what has a manifest. They load it at once, so a first visit does without.
    .then(() => serviceWorker && record && linked('manifest', '/manifest.json'));
})();
