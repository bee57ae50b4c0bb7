// Shows the cart before the app has loaded. boot.js calls `earlyCart(text, user, applicationId, isStored)` with the backend's answer
// `text`. The function fills the template of index.html and shows it in place of the static page. It holds clicks and typed quantities
// until the app shows its own cart in the same place, and then repeats them there once.
//
// The cart belongs to `user`, because that user's token has fetched it. It disappears when the stored session ends or becomes another
// user's, when the user leaves the page, or when the app shows anything but a cart. `isStored` is false after an early sign-in, because the
// app stores that session only later.
globalThis.earlyCart = (text, user, applicationId, isStored) => {
  'use strict';
  // A longer list would delay the start of the app.
  const MOST_LINES = 30;
  // After this time a change counts as late (src/store/cart/state.rs).
  const LATE_MS = 5_000;
  const sessionKey = 'fusionauth.session.' + applicationId;
  const find = id => document.getElementById(id);
  const shell = find('shell');
  const app = find('app');
  const isUsers = record => {
    try {
      const stored = fusionauthEarly.user(applicationId, record);
      isStored ||= stored === user;
      return stored === user || (!stored && !isStored);
    } catch {
      return false;
    }
  };

  const template = find('cart-page');
  const mostItems = +template.content.querySelector('input').max;
  const { lines, currency, notice } = JSON.parse(text);
  const isKnown = ({ product, name, unitPrice, quantity }) =>
    /^[a-z0-9-]+$/.test(product) && typeof name === 'string' && Number.isSafeInteger(unitPrice) && Number.isInteger(quantity) && quantity >= 1 && quantity <= mostItems;
  // Only the app can show an unusual cart: an empty one, one in another currency, or one with a notice, such as a changed price or a merged
  // visitor's cart.
  if (!shell || !isUsers() || notice || currency !== 'EUR' || !lines.length || lines.length > MOST_LINES || !lines.every(isKnown)) return;

  const { lang } = document.documentElement;
  // A text that no element of the template shows, in the page's language. A browser that translates the page changes `lang`.
  const own = name => template.dataset[lang + name] ?? template.dataset['en' + name];
  // Does the same as `money` of storefront-messages, which says why `Intl` does not. The example is the amount 1,234.56.
  const [, before, group, point, after] = /(.*)1(.)234(.)56(.*)/.exec(own('Money'));
  const money = minor => {
    const [whole, cents] = (minor / 100).toFixed(2).split('.');
    return before + whole.replace(/\B(?=(...)+$)/g, group) + point + cents + after;
  };
  // The number of items has an example for 0 and one for 1.
  const counts = own('Counts').split('|');
  const fill = (text, value) => text.replace('{}', () => value);

  const page = document.createElement('div');
  page.id = 'early-cart';
  page.append(shell.querySelector('header').cloneNode(true), document.createElement('main'));
  page.lastChild.append(template.content.cloneNode(true));
  const list = page.querySelector('.lines');
  const line = list.firstElementChild;
  const count = page.querySelector('.total p');
  const sum = page.querySelector('.sum strong');
  const links = [...page.querySelectorAll('.total a')];
  const countText = count.textContent;
  const linkTexts = links.map(it => it.textContent);

  const rows = lines.map(({ product, name, variant, unitPrice, quantity }) => {
    const element = line.cloneNode(true);
    const part = selector => element.querySelector(selector);
    const [link, price, decrease, input, increase, total, remove] = ['a', '.line-about p', '[name=decrease]', 'input', '[name=increase]', '.line-total', '[name=remove]'].map(part);
    element.dataset.product = product;
    for (const it of element.querySelectorAll('[aria-label]')) it.ariaLabel = fill(it.ariaLabel, name);
    // Does the same as `tile` and `drawing` in shop/storefront-api/src/catalogue.rs.
    const hash = [...product].reduce((hash, it) => (Math.imul(hash, 33) + it.charCodeAt()) >>> 0, 39);
    part('svg').setAttribute('class', `picture tile-${(hash >>> 4) % 6}`);
    part('use').setAttribute('href', '/assets/products.svg#' + product.replace(/[^a-z]+$/, ''));
    link.textContent = name;
    link.setAttribute('href', '/products/' + product);
    price.textContent = (variant ? variant + ' · ' : '') + fill(price.textContent, money(unitPrice));
    input.id = 'quantity-' + product;
    const row = { element, input, remove, unitPrice };
    row.show = wanted => {
      input.value = row.text = String((row.wanted = wanted));
      decrease.ariaDisabled = wanted <= 1 ? 'true' : null;
      increase.ariaDisabled = wanted >= mostItems ? 'true' : null;
      total.textContent = money(unitPrice * wanted);
    };
    row.show(quantity);
    row.textBefore = row.text;
    return row;
  });
  const showSum = () => {
    const add = value => rows.reduce((sum, it) => sum + (it.isRemoved ? 0 : value(it)), 0);
    const items = add(it => it.wanted);
    count.textContent = counts[items] ?? fill(countText, items);
    sum.textContent = money(add(it => it.wanted * it.unitPrice));
  };
  list.replaceChildren(...rows.map(it => it.element));
  showSum();

  let held = null;
  const press = (row, { name }) => {
    row.at = Date.now();
    if (name === 'remove') {
      row.isRemoved = true;
      row.remove.textContent = own('Removing');
      row.remove.ariaDisabled = 'true';
    } else {
      row.show(Math.min(Math.max(row.wanted + (name === 'increase' ? 1 : -1), 1), mostItems));
    }
    showSum();
  };
  // If the user clicks several links, the last one counts, as in a browser.
  const hold = link => {
    held = link;
    links.forEach((it, at) => (it.textContent = it === held ? own('Moment') : linkTexts[at]));
  };
  const rowOf = element => rows.find(it => it.element.contains(element));

  const over = new AbortController();
  const { signal } = over;
  // The app could not focus an error while it was hidden behind this page, so this function moves the focus.
  const leave = () => {
    const hadFocus = page.contains(document.activeElement);
    page.remove();
    if (hadFocus) (app.querySelector('.summary') ?? app.querySelector('h1'))?.focus();
  };
  const end = () => {
    leave();
    observer.disconnect();
    over.abort();
  };

  // Returns the app's element that corresponds to `it`, an element of this page.
  const inApp = it => {
    const product = rowOf(it)?.element.dataset.product;
    const own = it.id ? `[id="${it.id}"]` : it.name ? `[name="${it.name}"]` : it.matches('a') ? `a[href="${it.getAttribute('href')}"]` : it.localName;
    return app.querySelector(product ? `[data-product="${product}"] ${own}` : own);
  };
  let scroll = 0;
  // Replaces this page with the app's page, which has the same size.
  const swap = () => {
    const focused = document.activeElement;
    const hasFocus = page.contains(focused);
    page.remove();
    // The app scrolls to the top of the page that it opens.
    const stay = () => scroll && scrollTo(0, scroll);
    stay();
    setTimeout(stay);
    if (hasFocus) inApp(focused)?.focus({ preventScroll: true });
  };
  const changed = input => input.dispatchEvent(new Event('change', { bubbles: true }));
  const takeOver = () => {
    if (page.isConnected) swap();
    for (const { input, remove, text, textBefore, isRemoved, at } of rows) {
      const there = inApp(input);
      const isLate = Date.now() - at > LATE_MS;
      // If another device has changed the quantity since this change, the newer quantity stays.
      if (!there || (isLate && there.value !== textBefore)) continue;
      const control = isRemoved ? inApp(remove) : there;
      control.toggleAttribute('data-late', isLate);
      if (isRemoved) {
        control.click();
      } else if (input.value !== text) {
        // The user is still typing.
        there.value = input.value;
        there.addEventListener('blur', () => changed(there), { once: true });
      } else if (text !== textBefore) {
        there.value = text;
        changed(there);
      }
      control.removeAttribute('data-late');
    }
    if (held) (page.contains(held) ? inApp(held) : held)?.click();
  };

  const look = isLater => {
    if (signal.aborted) return;
    if (!isUsers()) return end();
    const main = app.querySelector('main');
    // The app is still rendering, loading, or signing in.
    if (!main?.firstElementChild || main.querySelector('.skeleton, #login [aria-disabled=true], .lines:empty + .total')) return;
    // The app shows its form and repeats an earlier submit in one task. So look again after that task.
    if (main.querySelector('#login') && !isLater) return setTimeout(look, 0, true);
    const isCart = main.querySelector('.cart > .lines');
    const isEdited = rows.some(it => it.isRemoved || it.text !== it.textBefore);
    if (isCart && (page.isConnected || isStored)) {
      takeOver();
    } else if (isEdited && !isCart && main.querySelector('.failure, #login')) {
      // Keep the edits, because the app may show the cart later. Drop a held link, because the user can now click it in the app.
      leave();
      held = null;
      return;
    }
    end();
  };
  const observer = new MutationObserver(() => look());
  observer.observe(app, { childList: true, subtree: true });

  const click = event => {
    const target = event.target.closest('a, button');
    const hasModifier = event.metaKey || event.ctrlKey || event.shiftKey || event.altKey;
    if (!target || !page.isConnected || !find('broken').hidden || (target.href && hasModifier)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const row = rowOf(target);
    if (!row) return hold(target);
    if (!row.isRemoved) press(row, target);
  };
  const typed = ({ target }) => {
    const row = rowOf(target);
    if (!row) return;
    const wanted = /^\d+$/.test(target.value) && +target.value;
    if (wanted >= 1 && wanted <= mostItems) row.show(wanted);
    row.text = target.value;
    row.at = Date.now();
    showSum();
  };
  const listen = (type, run, isCapture) => addEventListener(type, run, { signal, capture: isCapture });
  listen('click', click, true);
  listen('change', typed);
  listen('scroll', () => (scroll = scrollY));
  listen('storage', ({ key, newValue }) => (key ?? sessionKey) === sessionKey && !isUsers(newValue) && end());
  listen('pagehide', end);
  // The user has typed into the form after its submit.
  listen('input', event => page.isConnected && event.target.form?.id === 'login' && end());

  const hadFocus = shell.contains(document.activeElement);
  shell.before(page);
  // After a step back, the browser restores the position only as far as the shorter static page reaches. src/ui/scroll.js stores it.
  try {
    scrollTo(0, new Map(JSON.parse(sessionStorage.getItem('storefront.scroll'))).get(history.state) ?? scrollY);
  } catch {}
  if (!hadFocus) return;
  scrollTo(0, 0);
  page.querySelector('h1').focus({ preventScroll: true });
};
