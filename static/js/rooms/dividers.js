import { make } from "../lib/dom.js";
import { layOut } from "./layout.js";
import { saidIn } from "./message.js";

/** @typedef {ReturnType<typeof createDividers>} Dividers */

/** @param {string | undefined} at ISO 8601 */
function day(at) {
  const tag = make("time", "");
  tag.dateTime = at ?? "";
  tag.dataset.format = "day";
  return make("li", "day", make("span", "", tag));
}

/** @param {HTMLElement} message @returns {HTMLElement | null} */
function messageBefore(message) {
  let place = message.previousElementSibling;
  while (place && !place.matches(".message")) place = place.previousElementSibling;
  return /** @type {HTMLElement | null} */ (place);
}

/**
 * What stands between messages: days, and the one line above what is new.
 * @param {string} account whose own words are never news
 * @param {Node} newWords
 */
export function createDividers(account, newWords) {
  const newLine = make("li", "new-line", newWords);
  const news = { after: Infinity, until: Infinity };

  /** @param {HTMLElement} message */
  const isFirstNew = ({ dataset: { seq, author } }) =>
    !newLine.isConnected && author !== account && Number(seq) > news.after && Number(seq) <= news.until;

  /** Lays one message out against the one before it. @param {HTMLElement} message */
  function arrange(message) {
    const before = messageBefore(message);
    const { newDay, continues } = layOut(before && saidIn(before), saidIn(message));
    while (message.previousElementSibling?.matches(".day, .new-line")) message.previousElementSibling.remove();
    if (newDay) message.before(day(message.dataset.at));
    const isNew = isFirstNew(message);
    if (isNew) message.before(newLine);
    message.classList.toggle("message-next", continues && !isNew);
  }

  return {
    arrange,

    /** The place before a message and the lines that belong to it. @param {HTMLElement} message */
    above(message) {
      let place = /** @type {Element} */ (message);
      while (place.previousElementSibling?.matches(".day, .new-line")) place = place.previousElementSibling;
      return place;
    },

    /** New is what comes after one `seq` and up to another. @param {number} after @param {number} until */
    setNews(after, until) {
      Object.assign(news, { after, until });
    },

    /** @param {number} until */
    endNews(until) {
      news.until = until;
    },

    /** Takes the line away, to be drawn again where it belongs. @returns {HTMLElement | null} the message that was under it */
    liftLine() {
      const below = newLine.nextElementSibling;
      newLine.remove();
      return below instanceof HTMLElement && below.matches("[data-seq]") ? below : null;
    },
  };
}
