// Lets a test control time. Timers of at least `from` milliseconds run only when the test advances time. If `clocksStop` is true, the
// clocks also move only when the test advances time.
(from, clocksStop) => {
  const { setTimeout, clearTimeout } = globalThis, { now } = Date;
  const wall = Date.now(), mono = Math.round(performance.now()), timers = new Map();
  let passed = 0, last = 0;
  globalThis.setTimeout = (run, ms = 0, ...given) => {
    if (ms < from) return setTimeout(run, ms, ...given);
    timers.set(--last, { due: passed + ms, run: () => run(...given) });
    return last;
  };
  globalThis.clearTimeout = id => {
    if (!timers.delete(id)) clearTimeout(id);
  };
  if (clocksStop) {
    Date.now = () => wall + passed;
    performance.now = () => mono + passed;
  }
  globalThis.time = {
    /** The number of pending timers. */
    set: () => timers.size,
    advance(ms) {
      const end = passed + ms;
      const next = () => [...timers].filter(([, it]) => it.due <= end).sort(([, one], [, other]) => one.due - other.due)[0];
      for (let due; (due = next()); due[1].run()) {
        timers.delete(due[0]);
        passed = due[1].due;
      }
      passed = end;
    },
    restore() {
      Object.assign(globalThis, { setTimeout, clearTimeout });
      Date.now = now;
      delete performance.now;
      delete globalThis.time;
    },
  };
}
