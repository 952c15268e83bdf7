import { make, one } from "../lib/dom.js";
import { safeFragment } from "../lib/safe-html.js";
import { landscape } from "../ui/avatar.js";
import { renderTimes } from "../ui/times.js";

const QUOTED = 120; // characters of the message that is answered

/**
 * @typedef {import("../lib/log.js").RoomEvent} RoomEvent
 * @typedef {import("../lib/outbox-store.js").Item} Item
 * @typedef {import("./waiting.js").WaitingState} WaitingState
 * @typedef {ReturnType<typeof createRenderer>} Renderer
 */

/** @param {HTMLElement} message */
export const saidIn = ({ dataset }) => ({ author: dataset.author ?? "", at: new Date(dataset.at ?? "") });

/** Line breaks as typed. @param {string} text */
const plain = (text) => make("p", "", ...text.split("\n").flatMap((line, n) => (n ? [make("br", ""), line] : [line])));

/**
 * Makes messages from the page's own `<template data-message>`, so that they look as those from the server do.
 * @param {HTMLElement} room @param {import("../lib/words.js").Words} words
 */
export function createRenderer(room, words) {
  const template = /** @type {HTMLTemplateElement} */ (room.querySelector("template[data-message]"));
  const account = room.dataset.account ?? "";

  /** @param {{pseudonym: string, avatar?: string, role?: string}} author @param {Date} at */
  function blank(author, at) {
    const message = /** @type {HTMLLIElement} */ (one(template.content, "li").cloneNode(true));
    message.dataset.author = author.pseudonym;
    message.dataset.at = at.toISOString();
    if (author.pseudonym === account) {
      message.classList.add("message-own");
      message.setAttribute("aria-live", "off"); // nobody needs their own words read out
    }
    one(message, "[data-name]").textContent = author.pseudonym;
    const role = one(message, "[data-role]");
    role.textContent = words.say(`role.${author.role}`);
    if (!role.textContent) role.remove();
    one(message, "[data-avatar]").replaceWith(landscape(author.avatar ?? ""));
    one(message, "time").setAttribute("datetime", at.toISOString());
    renderTimes(message);
    return message;
  }

  /** The reader opens what has a note. @param {HTMLElement} message @param {string | null | undefined} note @param {Node} content */
  function fill(message, note, content) {
    const fold = one(message, "[data-fold]");
    const open = one(message, ":scope > [data-body]");
    one(fold, "[data-note]").textContent = note ?? "";
    (note ? one(fold, "[data-body]") : open).append(content);
    (note ? open : fold).remove();
  }

  /** @param {HTMLElement} message @param {string | null | undefined} id */
  function quote(message, id) {
    const link = /** @type {HTMLAnchorElement} */ (one(message, "[data-quote]"));
    const answered = id && /** @type {HTMLElement | null} */ (room.querySelector(`[data-id="${CSS.escape(id)}"]`));
    if (!answered) return link.remove();
    const folded = answered.querySelector("[data-note]")?.textContent;
    const text = folded || answered.querySelector("[data-body]")?.textContent?.trim().slice(0, QUOTED);
    link.href = `#${answered.id}`;
    link.textContent = `${answered.dataset.author}: ${text ?? ""}`;
  }

  return {
    /** @param {RoomEvent} event */
    fromEvent(event) {
      const message = blank(event.author, new Date(event.sent_at));
      message.id = `m${event.seq}`;
      Object.assign(message.dataset, { seq: String(event.seq), id: event.id, cid: event.cid ?? "" });
      quote(message, event.reply_to);
      fill(message, event.content_note, safeFragment(event.html));
      one(message, "[data-state]").remove();
      return message;
    },

    /** @param {Item} item */
    fromItem(item) {
      const message = blank({ pseudonym: account, avatar: room.dataset.avatar }, new Date());
      message.classList.add("message-waiting");
      message.dataset.cid = item.cid;
      quote(message, item.reply_to);
      fill(message, item.content_note, plain(item.body));
      return message;
    },

    /** @param {HTMLElement} message @param {WaitingState} state */
    mark(message, state) {
      message.classList.toggle("message-waiting", !["sent", "held"].includes(state));
      one(message, "[data-state]").replaceChildren(words.show(`state.${state}`));
    },
  };
}
