import { make } from "../lib/dom.js";

const GRACE = 1_500; // ms: a short gap is nobody's business

/**
 * One bar that says how the line is and what waits. The words are the page's.
 * @param {HTMLElement} bar with role="status"
 * @param {import("../lib/words.js").Words} words
 */
export function createStatus(bar, words) {
  const icon = /** @type {HTMLTemplateElement | null} */ (bar.parentElement?.querySelector("template[data-status-icon]"));
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  let shown = "";

  /** @param {string[]} keys @param {number} n */
  function show(keys, n) {
    const now = JSON.stringify([keys, n]);
    if (now === shown) return; // nothing is read out twice
    shown = now;
    bar.replaceChildren();
    if (!keys.length) return;
    if (icon) bar.append(icon.content.cloneNode(true));
    for (const key of keys) bar.append(make("span", "", words.show(key, { n })));
  }

  /**
   * @param {import("../lib/connection.js").ConnectionState | "shut"} state `shut`: the room is not open to this person any more
   * @param {{count: number, isSlow: boolean}} waiting
   */
  return function update(state, { count, isSlow }) {
    clearTimeout(timer);
    const trouble = state === "online" || state === "connecting" ? [] : [state];
    const keys = count && (isSlow || trouble.length) ? [...trouble, "waiting"] : trouble;
    timer = setTimeout(show, state === "reconnecting" && !bar.childElementCount ? GRACE : 0, keys, count);
  };
}
