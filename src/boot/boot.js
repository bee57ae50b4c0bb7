// Runs before the page is painted: chooses the content of the static page, requests the page's data, holds an early submit, and starts the
// app. It decides nothing about the session: only the app determines whether a user is signed in.
(() => {
  'use strict';
  const { js, wasm, styles, serviceWorker } = document.currentScript.dataset;
  const root = document.documentElement.dataset;
  const find = id => document.getElementById(id);

  let config = {};
  let record = null;
  let guestItems = null;
  // Errors are ignored here: the app reports a wrong configuration, and a browser that blocks storage has no stored sign-in.
  try {
    config = JSON.parse(find('storefront-config').textContent);
    record = localStorage.getItem('fusionauth.session.' + config.applicationId)?.includes('"session":');
    // Only where it decides, because the first read of session storage waits for another process.
    if (/cart|checkout/.test(location.href)) guestItems = sessionStorage.getItem('storefront.guest-cart');
  } catch {}
  const readLanguage = () => {
    let chosen = '';
    try {
      // In a cookie, so that the server's content is in the same language.
      chosen = /(?:^|; )language=(\w+)/.exec(document.cookie)?.[1] ?? '';
    } catch {}
    const offered = ['en', ...root.languages.split(' ')];
    return [chosen, ...navigator.languages].map(it => offered.find(tag => it.startsWith(tag))).find(Boolean) ?? 'en';
  };
  const language = document.documentElement.lang = readLanguage();
  const isEnglish = language === 'en';
  // The app sends the same header with its requests (src/data/client.rs).
  const headers = [['Accept-Language', language]];
  // By path: the API path that a page reads first, if the page needs a session, and the part of the program that contains its code.
  // src/ui/part.js loads this page's part and its texts while the program loads.
  const pages = config.pages ?? {};
  // Without WebAssembly, which a policy or a browser's Lockdown Mode takes away, the app never takes a request over. So this script then sends
  // none, and says so. The module has a table of references, which older browsers lack.
  let canRun = false;
  try {
    canRun = !!new WebAssembly.Module(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0, 4, 4, 1, 111, 0, 0));
  } catch {}
  let early = canRun ? self.fusionauthEarly : null;
  const path = location.pathname.replace(/(.)\/+$/, '$1');
  const { read, part: partOfPage = '' } = pages[path] ?? {};
  root.app = config.app;
  root.boot = record ? 'returning' : 'visitor';
  // The static form says why it asks where the app says it: at the pages of the cart, and at the sign-in page to which they lead.
  const wanted = path === '/login' ? new URLSearchParams(location.search).get('next') : path;
  if (config.app === 'store' && !(guestItems > 0) && /^\/(cart|checkout)\b/.test(wanted)) root.cart = '';
  // In the other workflows cookies hold the sign-in, so a user may be signed in without a record in local storage.
  const isNobody = !record && config.workflow === 'spa-local-storage';
  // Show the form only where the app will show it. A visitor with items in the cart sees the cart without a sign-in, and the app redirects
  // a signed-in user from the sign-in page.
  const first = !canRun ? 'none' : (path === '/login' && !record) || (isNobody && read && !(guestItems && path === '/cart')) ? 'form' : 'skeleton';
  const part = first === 'form' ? '' : partOfPage;
  root.parts = `texts_${language} ${part && 'texts_parts_' + language} ${part}`;

  const parsed = new Promise(done => document.addEventListener('DOMContentLoaded', done));
  // Attributes hold the texts of the static page in other languages. The page shows neither the form nor the grey shapes until the texts
  // are in place.
  const show = () => {
    for (const part of isEnglish ? [] : [document, find('cart-page').content]) {
      for (const it of part.querySelectorAll(`[data-${language}], [data-${language}-label]`)) {
        const { [language]: text, [language + 'Label']: label } = it.dataset;
        if (text) it.lastChild.data = text;
        if (label) it.ariaLabel = label;
      }
    }
    root.first = first;
  };
  isEnglish ? show() : parsed.then(show);
  // Keeps the text of all fields over a change of the language, except passwords and codes. src/shell/typed.rs fills it in again.
  const typed = 'form :is(input, textarea, select)[id]:not([autocomplete$=password], [autocomplete=one-time-code])';
  const keepTyped = () => sessionStorage.setItem('storefront.typed', JSON.stringify({ path: find('shell') && first === 'form' ? '/login' : location.pathname, fields: [...document.querySelectorAll(typed)].filter(it => it.value).map(({ id, value, checked }) => ({ id, value, checked })) }));
  const reloadTranslated = () => {
    // If the browser blocks storage, the typed text is lost.
    try {
      keepTyped();
    } catch {}
    location.reload();
  };
  // Another page of this tab may have changed the language while this page was in the browser's back/forward cache.
  addEventListener('pageshow', ({ persisted }) => persisted && readLanguage() !== language && reloadTranslated());
  // After this message, the page sends nothing. The form then leads to the message.
  let message, release = () => {};
  const report = id => {
    early = null;
    return parsed.then(() => {
      (message = find(id)).hidden = false;
      release();
    });
  };
  document.addEventListener('click', ({ target }) => {
    const { id, name, value } = target;
    // The app does what this button of the server's content does, when it takes the content over.
    if (canRun && name === 'add') {
      target.dataset.held = '';
      target.textContent = value;
      target.ariaDisabled = 'true';
    }
    if (id === 'reload') location.reload();
    if (name !== 'language') return;
    // If the browser blocks storage, the page keeps the browser's language.
    try {
      document.cookie = `language=${value};path=/;max-age=31536000;samesite=lax`;
    } catch {}
    reloadTranslated();
  });

  const linked = (rel, href) => new Promise(settled => {
    const link = document.createElement('link');
    document.head.append(Object.assign(link, { rel, href, as: 'style', onload: settled, onerror: settled }));
  });

  // The page shows the cart before the app does. It drops the cart's answer if the user types after the submit or leaves the page, or if
  // another tab changes the session: each of these increments `version`.
  let version = 0;
  const showing = url => {
    const asked = version;
    return url && url === pages['/cart']?.read && ((text, user, isCurrent) => {
      styled.then(() => asked === version && isCurrent() && self.earlyCart?.(text, user, config.applicationId, record));
    });
  };
  addEventListener('pagehide', () => version++);
  addEventListener('storage', ({ key }) => (!key || key.endsWith('session.' + config.applicationId)) && version++);
  // Loads and parses the drawings of the Store's cart before its first frame, which the parsing would delay by 15 ms on a slow phone.
  const loadDrawings = () => config.app === 'store' && document.querySelector('#drawings:not([href])')?.setAttribute('href', '/assets/products.svg#none');

  // If the app would send the same request, it takes this one over. The app starts when the page has shown the cart: on a slow phone, its
  // start would delay the cart by a tenth of a second. The app does not wait for a late answer.
  const showCart = showing(read);
  const answer = read && early?.get(config.applicationId, read, headers, showCart);
  const shown = showCart && answer && new Promise(done => {
    parsed.then(loadDrawings);
    // Without the preload, the browser would lay out the grey shapes a second time when the styles arrive.
    if (styles) linked('preload', styles);
    answer.then(it => it.text()).then(() => styled).then(() => requestAnimationFrame(() => setTimeout(done)), done);
    setTimeout(done, 300);
  });

  // When the user begins to fill in the sign-in form, the static page's or the app's, early.js prepares the sign-in. In the workflows with
  // cookies only the app sends the sign-in. The app's form also loads the drawings: earlier, they would delay the app.
  for (const type of ['input', 'pointerdown']) {
    document.addEventListener(type, event => {
      if (event.target.form?.id !== 'login') return;
      if (type === 'input') version++;
      if (isNobody) early?.expect(config.applicationId);
      if (!event.target.closest('#shell')) loadDrawings();
    });
  }

  // At the submit, early.js sends the sign-in, and the app takes the request over if it would send the same one. This script holds a submit
  // of the static form, because a native submit would post the password to this page. The app then submits the form's current content.
  document.addEventListener('submit', event => {
    const form = event.target;
    if (form.id !== 'login') return;
    const isStatic = form.closest('#shell');
    if (isStatic) event.preventDefault();
    // Only a program, such as a password manager, can submit a hidden form, and the app would not take that sign-in over.
    if (isStatic && first !== 'form') return;
    if (message) {
      event.preventDefault();
      event.stopImmediatePropagation();
      return message.querySelector('a, button').focus();
    }
    const { username, password } = form.elements;
    const next = new URLSearchParams(location.search).get('next');
    const data = next ? pages[next]?.read : read;
    const button = form.querySelector('[type=submit]');
    if (isNobody && button.ariaDisabled !== 'true') early?.signIn(config.fusionauthUrl, config.applicationId, early.email(username.value), password.value.normalize(), data, headers, isStatic && showing(data));
    if (!isStatic) return;
    form.dataset.held = '';
    const { textContent } = button;
    release = () => {
      delete form.dataset.held;
      Object.assign(button, { textContent, ariaDisabled: null });
    };
    button.textContent = button.dataset[language + 'Busy'];
    button.ariaDisabled = 'true';
  }, true);

  if (!canRun) {
    // The page's content and footer look as they do with the program.
    if (styles) linked('stylesheet', styles);
    return report('unsupported');
  }

  // The styles that the first screen does not need load after the app's script, so that they do not delay the form, and after the page's
  // own styles.
  const glue = import(js);
  // Development builds link all styles in the page.
  const styled = styles ? glue.then(() => parsed).then(() => linked('stylesheet', styles)) : parsed;

  // A panic of the app ends in a trap of WebAssembly. Other errors, such as those of browser extensions, do not affect the app.
  const trapped = error => error instanceof WebAssembly.RuntimeError && report('broken');
  addEventListener('error', event => trapped(event.error));
  addEventListener('unhandledrejection', event => trapped(event.reason));

  // Async, so that the handler below also sees an error that is thrown before the first promise exists.
  const begin = async () => {
    const [{ default: start }, module] = await Promise.all([glue, WebAssembly.compileStreaming(fetch(wasm)), styled, shown]);
    dispatchEvent(new CustomEvent('TrunkApplicationStarted', { detail: { wasm: await start({ module_or_path: module }) } }));
  };
  begin()
    // A reload does not help a browser that cannot compile the program.
    .catch(error => { report(error instanceof WebAssembly.CompileError ? 'unsupported' : 'broken'); throw error; })
    // If the registration fails, visits need the network, as in browsers that have no service workers or block storage. A page from the
    // worker does not register it again, because that would revoke the `unregister` of a worker that the server has switched off.
    .then(() => serviceWorker && navigator.serviceWorker?.controller === null && navigator.serviceWorker.register(serviceWorker).catch(() => {}))
    // A browser loads a linked manifest at once, so that it can offer to install the page. Only a user who returns signed in gets the link.
    .then(() => serviceWorker && record && linked('manifest', '/manifest.json'));
})();
