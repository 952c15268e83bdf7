import { make } from "../lib/dom.js";
import { safeFragment } from "../lib/safe-html.js";
import { landscape } from "../ui/avatar.js";
import { renderTimes } from "../ui/times.js";

const QUOTED = 120; // characters of the message that is answered
const LABELS = new Map([["counselor", "counselor"], ["moderator", "moderator"], ["operator", "moderator"]]);

/**
 * @typedef {import("../lib/log.js").RoomEvent} RoomEvent
 * @typedef {import("../lib/outbox-store.js").Item} Item
 * @typedef {import("./waiting.js").WaitingState} WaitingState
 * @typedef {{pseudonym: string, avatar: string, role?: string}} Author
 * @typedef {ReturnType<typeof createRenderer>} Renderer
 */

/** @param {HTMLElement} message */
export const saidIn = ({ dataset }) => ({ author: dataset.author ?? "", at: new Date(dataset.at ?? "") });

/** @param {Date} at */
function time(at) {
  const tag = make("time", "");
  tag.dateTime = at.toISOString();
  tag.dataset.format = "time";
  return tag;
}

/** Line breaks as typed. @param {string} text */
const plain = (text) => make("p", "", ...text.split("\n").flatMap((line, n) => (n ? [make("br", ""), line] : [line])));

/**
 * Makes messages as `message()` of templates/rooms/parts.html does.
 * @param {HTMLElement} room @param {import("../lib/words.js").Words} words
 */
export function createRenderer(room, words) {
  const { account = "", avatar = "" } = room.dataset;

  /** @param {Author} author @param {Date} at */
  function meta({ pseudonym, role }, at) {
    const label = words(LABELS.get(role ?? "") ?? "");
    const name = make("span", "message-author", pseudonym);
    return make("p", "message-meta", name, " ", ...(label ? [make("span", "role role-gold", label), " "] : []), time(at));
  }

  /** @param {string} id @returns {Node[]} nothing when what is answered is not in the page */
  function quote(id) {
    const answered = /** @type {HTMLElement | null} */ (room.querySelector(`[data-id="${CSS.escape(id)}"]`));
    if (!answered) return [];
    const text = answered.querySelector(".fold > summary > :first-child, .message-body")?.textContent?.trim() ?? "";
    const link = make("a", "quote", `${answered.dataset.author}: ${text.slice(0, QUOTED)}`);
    link.href = `#${answered.id}`;
    return [link];
  }

  /** What has a note is opened by its reader. @param {string | null | undefined} note @param {Node} content */
  function body(note, content) {
    const text = make("div", "message-body", content);
    if (!note) return text;
    const show = [make("span", "fold-show", words("show")), make("span", "fold-hide", words("hide"))];
    return make("details", "fold", make("summary", "", make("span", "", words("talks-about", { what: note })), " ", ...show), text);
  }

  /** @param {Author} author @param {Date} at @param {RoomEvent | Item} more @param {Node} content */
  function message(author, at, { reply_to, content_note }, content) {
    const made = make("li", "message", landscape(author.avatar), meta(author, at), ...quote(reply_to ?? ""), body(content_note, content));
    made.dataset.author = author.pseudonym;
    made.dataset.at = at.toISOString();
    if (author.pseudonym === account) {
      made.classList.add("message-own");
      made.setAttribute("aria-live", "off"); // nobody needs their own words read out
    }
    renderTimes(made);
    return made;
  }

  return {
    /** @param {RoomEvent} event */
    fromEvent(event) {
      const made = message(event.author, new Date(event.sent_at), event, safeFragment(event.html));
      made.id = `m${event.seq}`;
      Object.assign(made.dataset, { seq: String(event.seq), id: event.id, cid: event.cid ?? "" });
      return made;
    },

    /** @param {Item} item */
    fromItem(item) {
      const made = message({ pseudonym: account, avatar }, new Date(), item, plain(item.body));
      made.dataset.cid = item.cid;
      made.append(make("p", "message-state"));
      return made;
    },

    /** @param {HTMLElement} made @param {WaitingState} state */
    mark(made, state) {
      made.classList.toggle("message-waiting", state === "waiting" || state === "retrying");
      made.querySelector(".message-state")?.replaceChildren(words({ waiting: "sending", retrying: "waiting", sent: "sent", held: "held" }[state]));
    },
  };
}
