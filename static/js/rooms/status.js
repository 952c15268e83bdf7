import { make } from "../lib/dom.js";

const GRACE = 1_500; // ms: a short gap is nobody's business

/**
 * @typedef {Exclude<import("../lib/connection.js").ConnectionState, "refused"> | "shut" | "polling"} Line  `shut`: the room is not open to this person any
 *   more; `polling`: no socket can be had, what is said comes a few seconds late
 */
/** @type {Set<Line>} */
const CALM = new Set(["online", "connecting", "pausing"]);
/** @type {Set<Line>} */
const CUT = new Set(["offline", "reconnecting"]);
/** @type {Set<Line>} */
const SHORT = new Set(["reconnecting", "pausing", "online"]); // what waits for a blink of an eye is nobody's business either

/**
 * One bar that says how the line is and what waits. The words are the page's.
 * @param {HTMLElement} bar with role="status"
 * @param {import("../lib/words.js").Words} words
 */
export function createStatus(bar, words) {
  const icon = /** @type {HTMLTemplateElement | null} */ (bar.parentElement?.querySelector("template[data-status-icon]"));
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  let shown = "[[],0]";
  let since = 0; // when there began to be something to say

  /** @param {Line} line @param {string[]} keys @param {number} n */
  function show(line, keys, n) {
    const now = JSON.stringify([keys, n]);
    if (now === shown) return; // nothing is read out twice
    shown = now;
    bar.replaceChildren();
    bar.dataset.line = line;
    if (!keys.length) return;
    if (icon && CUT.has(line)) bar.append(icon.content.cloneNode(true));
    bar.append(make("span", "", ...keys.flatMap((key) => [words.show(key, { n }), " "])));
  }

  /** What it says of words that are kept is not said where they are not. @param {string} key */
  const plainer = (key) => (words.has(`${key}.unkept`) ? `${key}.unkept` : key);

  /**
   * @param {Line} line
   * @param {{count: number, isSlow: boolean, isUnkept: boolean}} waiting
   */
  return function update(line, { count, isSlow, isUnkept }) {
    clearTimeout(timer);
    const trouble = CALM.has(line) ? [] : [line];
    const isWaiting = count && (isSlow || trouble.length);
    const keys = count && isUnkept ? [...trouble.map(plainer), "unkept"] : [...trouble, ...(isWaiting ? ["waiting"] : [])];
    since = keys.length ? since || Date.now() : 0;
    const grace = SHORT.has(line) ? Math.max(0, since + GRACE - Date.now()) : 0;
    timer = setTimeout(show, keys.length ? grace : 0, line, keys, count);
  };
}
