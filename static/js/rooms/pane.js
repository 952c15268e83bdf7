import { one } from "../lib/dom.js";
import { createConversation } from "./conversation.js";
import { createDividers } from "./dividers.js";
import { mountHistory } from "./history.js";
import { createScroll } from "./scroll.js";

const MANY = 5; // messages at once that are announced, not read out

/**
 * The conversation with all that keeps a reader's place in it.
 * @typedef {ReturnType<typeof createPane>} Pane
 * @param {HTMLElement} section
 * @param {object} around
 * @param {import("./message.js").Renderer} around.renderer
 * @param {import("../lib/words.js").Words} around.words
 * @param {() => string} around.epoch
 * @param {() => void} around.onEnd
 */
export function createPane(section, { renderer, words, epoch, onEnd }) {
  const { room = "", account = "", head = "0", read = "0", oldest = "0" } = section.dataset;
  const list = one(section, "[data-log]");
  const scroller = one(section, "[data-scroll]");
  const pill = one(section, "[data-jump]");
  const announcer = one(section, "[data-announce]");
  const dividers = createDividers(account, words.show("new"));
  const conversation = createConversation(list, renderer, dividers);
  const scroll = createScroll(scroller, pill, {
    onEnd,
    onArrived: (n) => { one(pill, "[data-label]").textContent = words.say("arrived", { n }); },
  });
  const history = mountHistory(one(list, "[data-older]"), {
    room, scroller, epoch, words,
    oldest: Number(oldest),
    prepend: (events) => scroll.keep(() => conversation.prepend(events)),
  });

  /** @param {import("../lib/log.js").RoomEvent} event */
  const isNews = (event) => event.kind === "message" && event.author.pseudonym !== account;

  return {
    list,
    toEnd: scroll.toEnd,
    get atEnd() { return scroll.atEnd; },

    /** What the server put in the page. @param {boolean} isSeen somebody is looking at it */
    adopt(isSeen) {
      scroll.keep(() => conversation.adopt(Number(read), isSeen ? Number(head) : Infinity));
    },

    /** @param {import("../lib/log.js").RoomEvent[]} events @param {() => void} before in the same step: what they take the place of goes */
    add(events, before) {
      const news = events.filter(isNews);
      const add = () => { before(); conversation.add(events); };
      scroll.keep(news.length > MANY ? () => conversation.quietly(add) : add);
      scroll.news(news.length);
      announcer.textContent = news.length > MANY ? words.say("arrived", { n: news.length }) : "";
      const first = scroll.atEnd && conversation.letGo();
      if (first) history.restart(first, true);
    },

    /** @param {HTMLElement} message */
    addWaiting(message) {
      scroll.keep(() => conversation.addWaiting(message));
    },

    /** @param {HTMLElement} message */
    removeWaiting(message) {
      scroll.keep(() => conversation.removeWaiting(message));
    },

    /** Another log begins. @param {import("../lib/log.js").Page} page */
    restart(page) {
      scroll.keep(conversation.clear);
      history.restart(page.events[0]?.seq ?? page.head + 1, page.more);
    },

    /** @param {boolean} isVisible @param {number} have */
    look(isVisible, have) {
      if (isVisible) conversation.lookBack(have);
      else conversation.lookAway(have);
    },
  };
}
