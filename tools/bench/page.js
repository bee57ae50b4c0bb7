// Runs in every page before the page's own scripts, and reports when content is on the screen. It looks for markup that the app and the
// peers share: the sign-in form, and cart lines with a number field each.

globalThis.bench = (() => {
  // Resolves after the first frame for which `ready` returns true, with the time of its paint in milliseconds since the navigation.
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

  // Starts to wait until `ready` returns true after the next click. `after` resolves with the milliseconds from the click to that paint.
  let shown;
  const expect = ready => {
    clicked = undefined;
    shown = painted(ready);
  };
  const after = async () => (await shown) - clicked;

  // Waits until the page has not changed for half a second. Resolves with the milliseconds from the click to the paint of the last change.
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

  // Does a fixed amount of work. Its time shows how fast the processor is under its present load.
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
    // The first screen: the sign-in form, or the cart of a signed-in user.
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
