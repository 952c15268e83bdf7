import { after } from "../lib/timing.js";

const EVERY = 4_000; // ms between two signs of one's own
const SHOWN = 8_000; // ms

/**
 * Who is writing. Never logged; gone after eight seconds or with the message.
 * @param {{tell: () => void, show: (names: string[]) => void, later?: import("../lib/timing.js").After, now?: () => number}} around
 */
export function createTyping({ tell, show, later = after, now = Date.now }) {
  /** @type {Map<string, () => void>} name → cancel */
  const writers = new Map();
  let told = -Infinity;

  /** @param {string} name */
  function remove(name) {
    writers.get(name)?.();
    if (writers.delete(name)) show([...writers.keys()]);
  }

  return {
    /** A key was pressed here. */
    typed() {
      if (now() - told < EVERY) return;
      told = now();
      tell();
    },
    /** What was being written is sent: the next sign may go at once. */
    sent() { told = -Infinity; },
    /** @param {string} name */
    heard(name) {
      writers.get(name)?.();
      writers.set(name, later(SHOWN, () => remove(name)));
      show([...writers.keys()]);
    },
    /** @param {string} name */
    spoke: remove,
  };
}

/** @param {string[]} names @param {import("../lib/words.js").Words} words */
export function typingWords([a, b, ...others], words) {
  if (!a) return "";
  if (others.length) return words.say("typing.many");
  return b ? words.say("typing.two", { a, b }) : words.say("typing.one", { a });
}
