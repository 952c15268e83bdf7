import { after } from "./timing.js";

const SEEN = [2_000, 5_000]; // ms between two questions while somebody looks at the page
const HIDDEN = [30_000, 60_000];

/**
 * Asks now and then, where nothing can be pushed. Times are drawn by chance, so that many pages do not ask as one.
 * @param {{look: () => Promise<unknown>, isVisible: () => boolean, later?: import("./timing.js").After, random?: () => number}} around
 */
export function createPolling({ look, isVisible, later = after, random = Math.random }) {
  let round = 0; // what was asked before the last stop goes no further
  let cancel = () => {};

  function rest() {
    cancel();
    const [least, most] = isVisible() ? SEEN : HIDDEN;
    cancel = later(least + (most - least) * random(), ask);
  }

  async function ask() {
    cancel();
    round += 1;
    const mine = round;
    await look();
    if (mine === round) rest();
  }

  return {
    /** Asks at once, and goes on. */
    ask,
    /** Goes on after a pause. */
    rest,
    stop() {
      round += 1;
      cancel();
    },
  };
}
