// A translator, such as the one in Chrome, replaces each text node with a `<font>` element. The program still changes and removes its own
// text nodes, which are then outside of the document, so the page would show old text. This module puts each replaced node back into its
// place, empty, in front of its translation. A change of the node removes the translation, and the translator may translate the new text.
// The removal of the node removes the translation, too.
const translations = new WeakMap();
const originals = new WeakMap();
// The nodes that the current callback has put back.
let hidden;

const isNew = node => node?.nodeName === 'FONT' && node.isConnected && !originals.has(node);
const hide = (text, data, translation) => {
  translations.set(text, translation);
  originals.set(translation, { text, data });
  hidden.add(text);
  text.data = '';
  translation.before(text);
};
const forget = text => {
  const translation = translations.get(text);
  translations.delete(text);
  originals.delete(translation);
  translation?.remove();
};

const textRemoved = (text, siblings) => {
  const translation = translations.get(text) ?? siblings.find(isNew);
  if (!translation) return;
  if (!originals.has(translation)) text.isConnected || hide(text, text.data, translation);
  else if (!text.isConnected) forget(text);
  else if (translation.isConnected) text.after(translation); // the program has moved the text
};
const translationRemoved = (translation, siblings, added) => {
  const { text, data } = originals.get(translation);
  if (translation.isConnected || translations.get(text) !== translation) return;
  forget(text);
  if (!text.isConnected) return;
  const next = siblings.find(isNew);
  if (next) return hide(text, data, next);
  // The translator shows the original text again, in this node or in a copy.
  text.data = data;
  added.find(it => it !== text && it.nodeType === Node.TEXT_NODE)?.remove();
};

let observer;
export const follow = () => {
  observer ??= new MutationObserver(records => {
    hidden = new Set();
    for (const { target, addedNodes, removedNodes, previousSibling, nextSibling } of records) {
      if (translations.has(target)) {
        const { data } = originals.get(translations.get(target));
        forget(target);
        // The program has changed the text while it was outside of the document.
        if (hidden.has(target)) target.data = data;
      }
      const added = [...addedNodes];
      const siblings = [...added, previousSibling, nextSibling];
      for (const node of removedNodes) {
        if (node.nodeType === Node.TEXT_NODE) textRemoved(node, siblings);
        else if (originals.has(node)) translationRemoved(node, siblings, added);
      }
    }
    observer.takeRecords(); // of this function's own changes
  });
  observer.observe(document, { childList: true, characterData: true, subtree: true });
};
