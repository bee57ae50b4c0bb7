// Runs in every page before its own scripts, and tells when something is on the screen. What it looks for is in the app and in the
// peers alike: the sign-in form, and cart lines with a number field each.

globalThis.bench = (() => {
  // Resolves with the time at which the first frame with `ready` is painted, in milliseconds since the navigation.
  const painted = ready =>
    new Promise(resolve => {
      const look = () => {
        if (!ready()) return requestAnimationFrame(look);
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => resolve(performance.now());
        port2.postMessage(null); // arrives in the first task after the paint of this frame
      };
      requestAnimationFrame(look);
    });

  const isVisible = selector => document.querySelector(selector)?.offsetHeight > 0;
  const isForm = () => isVisible('input[autocomplete=username]');
  const isCart = () => isVisible('main li input[type=number]');

  let blocking = 0;
  new PerformanceObserver(list => {
    for (const { duration } of list.getEntries()) blocking += duration - 50;
  }).observe({ type: 'longtask', buffered: true });

  let clicked;
  addEventListener('click', event => (clicked ??= event.timeStamp), true);

  // Begins to wait for what the next click leads to; `after` resolves with the milliseconds between the two.
  let shown;
  const expect = ready => {
    clicked = undefined;
    shown = painted(ready);
  };
  const after = async () => (await shown) - clicked;

  // The milliseconds between the last click and the paint after the last change of the page, once nothing has changed for half a second.
  const settled = async () => {
    let last = performance.now();
    let frame = shown;
    const observer = new MutationObserver(() => {
      last = performance.now();
      frame = painted(() => true);
    });
    observer.observe(document.body, { subtree: true, childList: true, characterData: true });
    await painted(() => performance.now() - last > 500);
    observer.disconnect();
    return (await frame) - clicked;
  };

  // A fixed amount of work. Its time shows how fast the processor is, with what else runs on it.
  const calibrate = () => {
    const start = performance.now();
    let hash = 0;
    for (let i = 0; i < 30_000_000; i++) hash = (Math.imul(hash, 31) + i) | 0;
    return performance.now() - start + (hash === 1);
  };

  return {
    painted,
    isCart,
    isForm,
    settled,
    expect,
    calibrate,
    // The first screen: the sign-in form, or the cart of somebody who is signed in.
    first: painted(() => isForm() || isCart()),
    after,
    shown: () => shown,
    clicked: () => clicked,
    takeBlocking: () => {
      const value = blocking;
      blocking = 0;
      return value;
    },
  };
})();
