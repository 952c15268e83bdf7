import { one } from "../lib/dom.js";

const NEAR = "600px 0px 0px 0px"; // older messages are fetched before the top is reached

/**
 * @typedef {object} Around
 * @property {string} room
 * @property {HTMLElement} scroller
 * @property {number} oldest the first `seq` in the page
 * @property {() => string} epoch the log's own: pages of another one do not belong here
 * @property {(events: import("../lib/log.js").RoomEvent[]) => void} prepend
 * @property {import("../lib/words.js").Words} words
 */

/**
 * Older messages, by scrolling up or by the button. They have nothing to do with the cursor of what comes.
 * @param {HTMLElement} row `<li data-older>` with its link; hidden when the room begins with what is shown
 * @param {Around} around
 */
export function mountHistory(row, { room, scroller, oldest, epoch, prepend, words }) {
  const link = one(row, "a");
  const label = link.textContent;
  let before = oldest;
  let busy = false;
  let failed = false; // then only the button tries again

  async function fetchPage() {
    const response = await fetch(`/rooms/${encodeURIComponent(room)}/events?before=${before}`, { headers: { Accept: "application/json" } });
    if (!response.ok) throw new Error(String(response.status));
    return /** @type {import("../lib/log.js").Page} */ (await response.json());
  }

  async function load() {
    if (busy || row.hidden) return;
    busy = true;
    row.setAttribute("aria-busy", "true");
    const asked = before;
    try {
      const page = await fetchPage();
      if (asked === before && String(page.epoch) === epoch()) show(page);
      failed = false;
    } catch {
      failed = true;
    }
    link.textContent = failed ? words.say("history.failed") : label;
    row.removeAttribute("aria-busy");
    busy = false;
    watch();
  }

  /** @param {import("../lib/log.js").Page} page */
  function show(page) {
    row.hidden = !page.more;
    before = page.events[0]?.seq ?? before;
    prepend(page.events);
  }

  const seen = new IntersectionObserver(([entry]) => entry.isIntersecting && !failed && load(), { root: scroller, rootMargin: NEAR });

  /** Observing anew tells again when the row is still near: a page of short messages may not fill the screen. */
  function watch() {
    seen.disconnect();
    if (!row.hidden) seen.observe(row);
  }

  link.addEventListener("click", (event) => {
    event.preventDefault();
    load();
  });
  watch();

  return {
    /** The page now begins elsewhere. @param {number} seq @param {boolean} more */
    restart(seq, more) {
      before = seq;
      row.hidden = !more;
      failed = false;
      watch();
    },
  };
}
