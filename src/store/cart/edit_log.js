// Stores the unanswered edits of a cart in local storage, so that no edit is lost when the page reloads or the tab or the browser closes.
//
// Each tab has its own record, and holds a lock with the record's name while the record has edits. A tab that gets the lock of another
// tab's record knows that the other tab is gone, and takes over the record's edits. So no two tabs send the same edit. In a browser without
// locks, two tabs may send the same edit. This is harmless: all attempts of an addition have one idempotency key, and a change from a
// record has the version of the line that the shopper had seen.
//
// The number is the version of the records' format.
const prefix = 'storefront.cart-edits.1.';
// Changes of local storage reach tabs in other processes a moment late. Without this delay, a tab could read edits that were already
// answered, and send them again.
const STORAGE_LAG = 1_000;
// A lock that the browser grants within this many milliseconds was free.
const AT_ONCE = 100;
const { locks } = navigator;
let key;
let text;
let release;
const lock = (name, run) => (locks ? locks.request(name, run).catch(run) : run());
// Starts an empty record. The next page finds the previous record, which only tests leave behind in the same document.
export const begin = () => {
  release?.();
  key = prefix + Math.random();
  text = '[]';
};
// Requests the lock before it writes the record. A tab that learns of the record gets the lock only after this tab.
export const store = edits => {
  if (text === edits) return;
  const isNew = text === '[]';
  text = edits;
  if (isNew) lock(key, () => text === '[]' || new Promise(end => (release = end)));
  try {
    if (edits === '[]') localStorage.removeItem(key);
    else localStorage.setItem(key, edits);
  } catch {}
  if (edits === '[]') release?.();
};
// Calls `take` with the edits of each page that is gone: of closed pages now, and of open pages when they close. Once `take` returns true,
// the edits are in this tab's record.
export const takeOver = take => {
  const wanted = new Set();
  const claim = (name, found) => {
    if (!name?.startsWith(prefix) || name === key || wanted.has(name)) return;
    wanted.add(name);
    const read = () => {
      wanted.delete(name);
      const edits = localStorage.getItem(name);
      // A full storage may not have taken the edits.
      if (edits && take(edits) && (localStorage.getItem(key) ?? '[]') === text) localStorage.removeItem(name);
    };
    // Releases the lock for the delay: a browser drops a page from the back/forward cache when another tab requests its lock.
    lock(name, () => (Date.now() - found < AT_ONCE ? read() : void setTimeout(lock, STORAGE_LAG, name, read)));
  };
  try {
    for (const name of Object.keys(localStorage)) claim(name, Date.now());
  } catch {}
  // Without locks, a tab cannot tell the record of an open tab from that of a closed one.
  if (locks) addEventListener('storage', event => claim(event.key, 0));
};
