import { one } from "../lib/dom.js";
import { renderTimes } from "../ui/times.js";

const MOST = 600; // messages kept in the page while its end is read; earlier ones are fetched again
const QUIET = 1_000; // ms

/**
 * @typedef {import("../lib/log.js").RoomEvent} RoomEvent
 * @typedef {ReturnType<typeof createConversation>} Conversation
 */

/**
 * The messages in the page.
 * @param {HTMLElement} list the `<ol data-log>`
 * @param {import("./message.js").Renderer} renderer
 * @param {import("./dividers.js").Dividers} dividers
 */
export function createConversation(list, renderer, dividers) {
  const live = /** @type {HTMLElement} */ (list.closest("[role=log]") ?? list);
  const older = one(list, "[data-older]");
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let speaksAgain;

  const messages = () => /** @type {NodeListOf<HTMLElement>} */ (list.querySelectorAll(".message[data-seq]"));
  const waiting = () => /** @type {NodeListOf<HTMLElement>} */ (list.querySelectorAll(".message:not([data-seq])"));

  /** A screen reader is not read a whole page of what came while it was away. @param {() => void} act */
  function quietly(act) {
    live.setAttribute("aria-live", "off");
    act();
    clearTimeout(speaksAgain);
    speaksAgain = setTimeout(() => live.setAttribute("aria-live", "polite"), QUIET);
  }

  /** @param {RoomEvent[]} events @param {Node | null} place */
  function insert(events, place) {
    document.querySelector("[data-nothing-yet]")?.remove();
    for (const event of events) {
      if (event.kind !== "message" || document.getElementById(`m${event.seq}`)) continue;
      const message = renderer.fromEvent(event);
      list.insertBefore(message, place);
      dividers.arrange(message);
    }
    renderTimes(list, '="day"');
  }

  return {
    quietly,

    /** Lays out what the server put in the page. @param {number} read @param {number} head what is new ends here */
    adopt(read, head) {
      dividers.setNews(read || Infinity, head); // who was never here has no "since"
      quietly(() => {
        for (const line of list.querySelectorAll(".day, .new-line")) line.remove();
        messages().forEach(dividers.arrange);
      });
      renderTimes(list);
    },

    /** @param {RoomEvent[]} events that follow */
    add(events) {
      insert(events, waiting()[0] ?? null);
      waiting().forEach(dividers.arrange);
    },

    /** One's own, not yet in the room: stays below all others. @param {HTMLElement} message */
    addWaiting(message) {
      list.append(message);
      dividers.arrange(message);
      renderTimes(list, '="day"');
    },

    /** It is not going to stand in the room, and nor is the day that began with it. @param {HTMLElement} message */
    removeWaiting(message) {
      message.remove();
      while (list.lastElementChild?.matches(".day, .new-line")) list.lastElementChild.remove();
      waiting().forEach(dividers.arrange);
    },

    /** @param {RoomEvent[]} events that come before all others */
    prepend(events) {
      const [first] = messages();
      quietly(() => {
        const below = dividers.liftLine(); // it may belong further up
        insert(events, first ? dividers.above(first) : (waiting()[0] ?? null));
        for (const message of [first, below]) if (message) dividers.arrange(message);
        renderTimes(list, '="day"');
      });
    },

    clear() {
      for (const part of list.querySelectorAll(".message[data-seq], .day, .new-line")) part.remove();
    },

    /** The reader looks away: what comes after this is new. @param {number} have */
    lookAway(have) {
      dividers.setNews(have, Infinity);
      const below = dividers.liftLine();
      if (below) dividers.arrange(below);
    },

    /** The reader is back; the line stays where it was drawn. @param {number} have */
    lookBack(have) {
      dividers.endNews(have);
    },

    /** Takes the earliest messages out of a long page. @returns {number | null} the first `seq` that is left, when some went */
    letGo() {
      const all = messages();
      if (all.length <= MOST) return null;
      const first = all[all.length - MOST / 2];
      while (older.nextElementSibling && older.nextElementSibling !== first) older.nextElementSibling.remove();
      dividers.arrange(first);
      renderTimes(list, '="day"');
      return Number(first.dataset.seq);
    },
  };
}
