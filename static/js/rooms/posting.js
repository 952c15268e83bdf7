import { Unanswered } from "../lib/requests.js";
import { alone, createTurns } from "../lib/turns.js";

/**
 * @typedef {import("../lib/outbox-store.js").Item} Item
 * @typedef {import("../lib/outbox.js").Change} Change
 */

/** What the server is told of an item. @param {Item} item */
export const payloadOf = ({ cid, body, content_note, reply_to }) => ({ cid, body, ...(content_note && { content_note }), ...(reply_to && { reply_to }) });

/** Says something over plain HTTP. @param {import("../lib/api.js").Api} api @param {Item} item */
export async function post(api, item) {
  const ack = await api.post(`/api/v1/rooms/${encodeURIComponent(item.room)}/messages`, payloadOf(item));
  if (ack.ok && ack.cid !== item.cid) throw new Unanswered("not our server's answer");
  return ack;
}

/** One page of this person at a time sends. @param {string} account */
export function turnsOf(account) {
  const isVisible = () => document.visibilityState === "visible";
  if (!navigator.locks || !globalThis.BroadcastChannel) return alone; // plain http on another machine
  return createTurns({ locks: navigator.locks, channel: new BroadcastChannel(`turns ${account}`), isVisible });
}

/**
 * Other pages of the same person show what happens here.
 * @param {string} account @param {(change: Change) => void} [hear] @returns {(change: Change) => void}
 */
export function otherTabs(account, hear = () => {}) {
  if (!globalThis.BroadcastChannel) return () => {};
  const channel = new BroadcastChannel(`outbox ${account}`);
  channel.onmessage = ({ data }) => hear(data);
  return (change) => channel.postMessage(change);
}

/** The token of this page's forms. */
export const csrfToken = () => document.querySelector("input[name=csrf_token]")?.getAttribute("value") ?? "";
