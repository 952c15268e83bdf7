/** @typedef {(ms: number, act: () => void) => () => void} After  Runs `act` later; what it returns cancels. */

const FIRST = 1_000;
const LONGEST = 30_000;

/** @type {After} */
export const after = (ms, act) => {
  const timer = setTimeout(act, ms);
  return () => clearTimeout(timer);
};

/**
 * Full jitter: anywhere between now and a ceiling that doubles from 1 s to 30 s, so that a crowd does not come back as one.
 * @param {number} attempt how many tries have failed before, from 0
 * @param {() => number} [random]
 */
export function fullJitter(attempt, random = Math.random) {
  return random() * Math.min(LONGEST, FIRST * 2 ** Math.min(attempt, 10));
}

/**
 * Calls `act` at most once per `ms`: at once when it has been quiet, and once more at the end with the last value given.
 * @template T
 * @param {number} ms
 * @param {(value: T) => void} act
 * @param {After} [later]
 * @returns {(value: T) => void}
 */
export function atMostEvery(ms, act, later = after) {
  let resting = false;
  /** @type {{value: T} | null} */
  let last = null;
  const rest = () => {
    resting = last !== null;
    if (!last) return;
    const { value } = last;
    last = null;
    later(ms, rest);
    act(value);
  };
  return (value) => {
    last = { value };
    if (!resting) rest();
  };
}
