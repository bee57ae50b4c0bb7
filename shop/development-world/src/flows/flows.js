// Redraws the diagrams of the page /flows as messages arrive. Without this script, the page shows the messages that were recorded before
// it was loaded.

const picture = () => document.getElementById('picture');
const announce = (text) => {
  const announcement = document.getElementById('announcement');
  if (announcement.textContent !== text) announcement.textContent = text;
};
const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));
const visible = () =>
  new Promise((done) => {
    if (!document.hidden) return done();
    document.addEventListener('visibilitychange', () => done(), { once: true });
  });

// Replaces only the phases that have changed, so that the other phases do not move while somebody, or a screen reader, reads them. A phase
// that the reader has opened or closed stays so. `data-new` marks the phases that the server opens.
const redraw = (html) => {
  const next = new DOMParser().parseFromString(html, 'text/html').getElementById('picture');
  const now = picture();
  for (const section of now.querySelectorAll(':scope > *')) {
    if (!next.querySelector(`:scope > #${section.id}`)) section.remove();
  }
  let place = now.firstElementChild;
  for (const section of [...next.children]) {
    const old = document.getElementById(section.id);
    if (old) {
      const isChosen = old.open !== old.hasAttribute('data-new') || old.contains(document.activeElement);
      if (isChosen) section.open = old.open;
      for (const name of ['open', 'data-new']) old.toggleAttribute(name, section.hasAttribute(name));
      place = old.nextElementSibling;
      if (old.outerHTML !== section.outerHTML) old.replaceWith(section);
    } else {
      now.insertBefore(section, place);
    }
  }
  now.dataset.seen = next.dataset.seen;
  document.getElementById('empty-state').hidden = now.childElementCount > 0;
  const clear = document.getElementById('clear');
  const address = new URL(clear.href);
  address.searchParams.set('after', next.dataset.seen);
  clear.href = address;
  if (next.dataset.announcement) announce(next.dataset.announcement);
};

for (;;) {
  await visible();
  const address = new URL(location.href);
  address.pathname = '/flows/picture';
  address.searchParams.set('seen', picture().dataset.seen);
  try {
    const answer = await fetch(address);
    if (answer.status === 200) redraw(await answer.text());
    else if (answer.status !== 204) throw new Error(answer.status);
  } catch {
    announce('The server does not answer. Trying again.');
    await pause(2000);
  }
}
