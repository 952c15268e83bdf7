/** A clock that a test turns by hand. Microtasks are let through after each timer. */
export function createClock() {
  let time = 0;
  /** @type {Set<{at: number, act: () => void}>} */
  const timers = new Set();

  const settle = async () => { for (let turn = 0; turn < 50; turn += 1) await Promise.resolve(); };

  return {
    now: () => time,
    /** @type {import("../../static/js/lib/timing.js").After} */
    later(ms, act) {
      const timer = { at: time + ms, act };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    settle,
    get waiting() { return timers.size; },
    /** @param {number} ms */
    async advance(ms) {
      const end = time + ms;
      await settle();
      for (;;) {
        const [first] = [...timers].filter((timer) => timer.at <= end).sort((a, b) => a.at - b.at);
        if (!first) break;
        timers.delete(first);
        time = first.at;
        first.act();
        await settle();
      }
      time = end;
    },
  };
}

/** Repeatable chance (mulberry32): a failing round is named by its seed. @param {number} seed */
export function chance(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
