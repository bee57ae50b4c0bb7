// Restores the scroll position after a step in the history and after a reload. The browser does so only for content that already stands,
// and here the content loads later. Each history entry has its own position, under an id in the entry's state, and the tab keeps the
// positions across loads of the page.
const KEY = 'storefront.scroll';
const MOST_ENTRIES = 50;
const find = id => document.getElementById(id);

// The positions by the ids of their entries, the newest last.
let positions = new Map();
let pending;
let isStep = false;
let path = location.pathname;

const settle = () => {
  pending = undefined;
  observer.disconnect();
};
// Whether the position lies below what the page can scroll to. False without a position.
const isShort = () => document.documentElement.scrollHeight - innerHeight + 1 < pending;
let timer;
// Runs when the height of the page has changed, before the browser paints it. Scrolls when the app's own content is high enough. A list that
// had more pages when the user left it loads them again. A button with an error beside it stays for the user. The click waits for a task of
// its own, because it changes the layout that the observer has just reported, which WebKit reports as an error.
const observer = new ResizeObserver(() => {
  if (find('shell') || find('first-content')) return;
  clearTimeout(timer);
  if (isShort()) {
    timer = setTimeout(() => isShort() && document.querySelector('main .more > button:only-child')?.click());
    return;
  }
  scrollTo(0, pending);
  settle();
});
// Whether the page waits for its content. Until then, nothing else may scroll it.
export const isRestoring = () => !!pending;
const restore = (at, isSamePage) => {
  settle();
  if (!at) return;
  pending = at;
  const observe = () => pending === at && observer.observe(document.documentElement);
  // A list that changes with the URL's query drops its content in the task after the next one. Before that, its old content is high enough.
  if (isSamePage) setTimeout(() => setTimeout(observe));
  else observe();
};

// While a position waits for its content, the page's own position means nothing. The browser sends the event after the router has created
// the entry of a new page, so the scrolling to its top does not replace the position of the page before.
addEventListener('scroll', () => {
  if (pending) return;
  let id = history.state;
  if (typeof id !== 'number') history.replaceState(id = performance.timeOrigin + performance.now(), '');
  positions.delete(id);
  positions.set(id, scrollY);
  if (positions.size > MOST_ENTRIES) positions.delete(positions.keys().next().value);
}, { passive: true });
// A user who scrolls or types meanwhile is not moved any more.
for (const type of ['wheel', 'touchmove', 'pointerdown', 'keydown']) addEventListener(type, settle, { passive: true, capture: true });
addEventListener('popstate', () => {
  isStep = true;
  restore(positions.get(history.state), path === location.pathname);
});
// A phone that discards a hidden tab fires only the second event.
for (const type of ['pagehide', 'visibilitychange']) {
  addEventListener(type, () => {
    try {
      sessionStorage.setItem(KEY, JSON.stringify([...positions]));
    } catch {}
  });
}

// Call it before the app replaces the static page. The browser has already restored the position if the static page is high enough, and the
// user may have scrolled since.
export const start = () => {
  try {
    positions = new Map(JSON.parse(sessionStorage.getItem(KEY)));
  } catch {}
  const at = positions.get(history.state);
  // Other static pages have no position, and reading one would make the browser lay out the page.
  if (!at && !find('first-content')) return;
  restore(!scrollY || at > document.documentElement.scrollHeight - innerHeight + 1 ? at : scrollY);
};

// Call it after each change of the URL. A new page begins at its top.
export const navigated = () => {
  if (!isStep) settle();
  isStep = false;
  // In the next task, because the router has not changed the location yet.
  setTimeout(() => path = location.pathname);
};
