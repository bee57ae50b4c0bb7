// Stores the edits of a cart in local storage, until the Rust module `waiting` has loaded and stores them. While the record contains edits,
// this tab holds a lock with the record's key, so that no other tab sends the edits.
const key = 'storefront.cart-edits.1.' + Math.random();
let edits;
let release;
export const kept = () => {
  try {
    return localStorage.getItem(key);
  } catch {}
};
// Stores `edit` under `id`, or removes it if `edit` is empty. Without an id, removes all edits.
export const keep = (id, edit) => {
  edits = { ...(id && kept() && edits), [id]: edit };
  const text = `[${Object.values(edits).filter(Boolean)}]`;
  const isOver = text === '[]';
  try {
    isOver ? localStorage.removeItem(key) : localStorage.setItem(key, text);
  } catch {}
  if (isOver) release = release?.();
  else if (!release) {
    release = () => {};
    navigator.locks?.request(key, () => new Promise(end => (release = end))).catch(release);
  }
};
