// Acts as the translator in Chrome does: replaces each text node of the page with a `<font>` in a `<font>`, keeps the node outside of the
// document, and does the same with each text that is added or changed later. The translation of `text` is `«text»`. The output of the tests is
// in a `<pre>`, which the runner reads.
globalThis.translator = (() => {
  const originals = new Map();
  const untranslated = 'script, style, noscript, pre, textarea, select, svg, font, [translate=no]';
  const translate = text => {
    if (!text.data.trim() || !text.parentElement || text.parentElement.closest(untranslated)) return;
    const [outer, inner] = [document.createElement('font'), document.createElement('font')];
    inner.append(`«${text.data.trim()}»`);
    outer.append(inner);
    originals.set(outer, text);
    text.parentNode.replaceChild(outer, text);
  };
  const translateAll = root => {
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    const texts = root.nodeType === Node.TEXT_NODE ? [root] : [];
    while (walker.nextNode()) texts.push(walker.currentNode);
    texts.forEach(translate);
  };
  const observer = new MutationObserver(records => {
    for (const { type, target, addedNodes } of records) (type === 'characterData' ? [target] : addedNodes).forEach(translateAll);
  });
  return {
    start() {
      translateAll(document.body);
      observer.observe(document.body, { childList: true, characterData: true, subtree: true });
    },
    // Shows the original texts, in their own nodes or in copies.
    stop(isCopied) {
      observer.disconnect();
      for (const [translation, text] of originals) {
        const original = isCopied ? document.createTextNode(translation.textContent.slice(1, -1)) : text;
        if (translation.isConnected) translation.parentNode.replaceChild(original, translation);
      }
      originals.clear();
    },
  };
})();
