import { make } from "../lib/dom.js";

const GRACE = 1_500; // ms: a short gap is nobody's business

/**
 * One bar that says how the line is and what waits.
 * @param {HTMLElement} bar with role="status"
 * @param {import("../lib/words.js").Words} words
 */
export function createStatus(bar, words) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  let shown = "";

  function signIn() {
    const link = make("a", "", words("sign-in"));
    link.href = `/sign-in?next=${encodeURIComponent(location.pathname)}`;
    return link;
  }

  /** @param {string} trouble @param {number} count */
  function show(trouble, count) {
    const sentences = [words(trouble), count ? words("waiting", { count }) : ""].filter(Boolean);
    if (sentences.join() === shown) return; // nothing is read out twice
    shown = sentences.join();
    bar.replaceChildren(...sentences.map((sentence) => make("span", "", sentence)));
    if (trouble === "signed-out") bar.append(signIn());
  }

  /**
   * @param {import("../lib/connection.js").ConnectionState | "refused"} state `refused`: the room is not open to this person any more
   * @param {{count: number, isSlow: boolean}} waiting
   */
  return function update(state, { count, isSlow }) {
    clearTimeout(timer);
    const trouble = state === "online" || state === "connecting" ? "" : state;
    timer = setTimeout(show, state === "reconnecting" && !shown ? GRACE : 0, trouble, isSlow || trouble ? count : 0);
  };
}
