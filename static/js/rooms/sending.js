import { Unanswered } from "../lib/requests.js";
import { payloadOf, post } from "./posting.js";

const PATIENCE = 5_000; // ms without a line, after which plain HTTP is used

/**
 * @typedef {import("../lib/outbox-store.js").Item} Item
 * @typedef {import("../lib/requests.js").Ack} Ack
 */

/**
 * The way out for one item: the socket when it stands in the item's room, plain HTTP when it cannot be had or does not answer.
 * Rejects when no answer came.
 * @param {object} around
 * @param {import("../lib/connection.js").Connection} around.connection
 * @param {import("../lib/api.js").Api} around.api
 * @param {string} around.room
 * @param {import("./following.js").Following} around.following
 * @returns {(item: Item) => Promise<Ack>}
 */
export function createSender({ connection, api, room, following }) {
  /** @param {Item} item @returns {Promise<Ack>} */
  async function sendOverSocket(item) {
    try {
      return await connection.request("message:send", { room, ...payloadOf(item) });
    } catch (why) {
      if (/** @type {Error} */ (why).message !== "timeout") throw why;
      return post(api, item); // the socket looked well and is dead; the same `cid` again says nothing twice
    }
  }

  /** @param {Item} item */
  function isForHttp(item) {
    const { state, downFor } = connection;
    return item.room !== room || following.way === "http" || following.isShut || state === "pausing" || downFor >= PATIENCE;
  }

  return async function send(item) {
    if (connection.state === "signed-out") throw new Unanswered("signed-out");
    if (!isForHttp(item) && !following.isJoined) throw new Unanswered("not in the room yet");
    const ack = await (isForHttp(item) ? post(api, item) : sendOverSocket(item));
    if (ack.ok || ack.error.code !== "sign_in") return ack;
    connection.signOut(); // the item stays for its owner
    throw new Unanswered("signed out");
  };
}
