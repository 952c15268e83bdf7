import { isUnkept } from "../lib/outbox-store.js";

/**
 * One's own messages between the button and the room. Of the answer to the sender and the event for everybody either may come
 * first; the message shows once all the same.
 * @typedef {"waiting" | "retrying" | "later" | "stopped" | "sent" | "held" | "refused"} WaitingState
 *   `later`: the server is there and says so; `stopped`: until its writer is signed in again
 * @typedef {{show: (item: import("../lib/outbox-store.js").Item, state: WaitingState) => void, mark: (cid: string, state: WaitingState) => void, hide: (cid: string) => void}} WaitingView
 * @param {WaitingView} view
 */
export function createWaiting(view) {
  /** @type {Map<string, WaitingState>} */
  const rows = new Map();
  /** @type {Set<string>} */
  const said = new Set(); // cids that stand in the room
  /** @type {Set<string>} */
  const unkept = new Set();

  /** @param {string} cid */
  function leave(cid) {
    if (rows.delete(cid)) view.hide(cid);
  }

  /** @param {import("../lib/outbox.js").Change} change @returns {WaitingState} */
  function stateAfter(change) {
    if (change.kind === "sent") return change.ack.state === "held" ? "held" : "sent";
    if (change.kind === "retrying") return change.isAnswered ? "later" : "retrying";
    return change.kind === "gone" ? "waiting" : change.kind;
  }

  /** What stands behind one that cannot go, waits as well. @param {WaitingState} why */
  function holdUp(why) {
    for (const [cid, state] of rows) {
      if (isUnsent(state)) put(cid, why);
    }
  }

  /** @param {string} cid @param {WaitingState} state */
  function put(cid, state) {
    if (rows.get(cid) === state) return;
    rows.set(cid, state);
    view.mark(cid, state);
  }

  const states = () => [...rows.values()];
  const isUnsent = (/** @type {WaitingState} */ state) => !["sent", "held", "refused"].includes(state);

  return {
    /** How many the server does not have yet. */
    get count() { return states().filter(isUnsent).length; },
    /** Whether one of them has failed at least once. */
    get isSlow() { return states().some((state) => state === "retrying" || state === "later"); },
    /** Whether one of them would be gone with the page. */
    get isUnkept() { return [...unkept].some((cid) => isUnsent(rows.get(cid) ?? "sent")); },

    /** @param {import("../lib/outbox.js").Change} change */
    take(change) {
      const { item } = change;
      if (change.kind === "gone") return leave(item.cid);
      if (said.has(item.cid)) return;
      if (isUnkept(item)) unkept.add(item.cid);
      const state = stateAfter(change);
      if (!rows.has(item.cid)) {
        rows.set(item.cid, state);
        view.show(item, state);
      }
      put(item.cid, state);
      if (state === "retrying" || state === "later") holdUp(state);
    },

    /** The message stands in the room. @param {string | null | undefined} cid */
    arrived(cid) {
      if (!cid) return;
      said.add(cid);
      leave(cid);
    },
  };
}
