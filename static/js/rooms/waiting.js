/**
 * One's own messages between the button and the room. Of the answer to the sender and the event for everybody either may come
 * first; the message shows once all the same.
 * @typedef {"waiting" | "retrying" | "sent" | "held"} WaitingState
 * @typedef {{show: (item: import("../lib/outbox-store.js").Item, state: WaitingState) => void, mark: (cid: string, state: WaitingState) => void, hide: (cid: string) => void}} WaitingView
 * @param {WaitingView} view
 */
export function createWaiting(view) {
  /** @type {Map<string, WaitingState>} */
  const rows = new Map();
  /** @type {Set<string>} */
  const said = new Set(); // cids that stand in the room

  /** @param {string} cid */
  function leave(cid) {
    if (rows.delete(cid)) view.hide(cid);
  }

  /** What stands behind one that cannot go, waits as well. */
  function holdUp() {
    for (const [cid, state] of rows) {
      if (state !== "waiting") continue;
      rows.set(cid, "retrying");
      view.mark(cid, "retrying");
    }
  }

  return {
    /** How many the server does not have yet. */
    get count() { return [...rows.values()].filter((state) => state === "waiting" || state === "retrying").length; },
    /** Whether one of them has failed at least once. */
    get isSlow() { return [...rows.values()].includes("retrying"); },

    /** @param {import("../lib/outbox.js").Change} change */
    take(change) {
      const { kind, item } = change;
      if (kind === "refused" || kind === "gone") return leave(item.cid);
      if (said.has(item.cid)) return;
      const state = kind !== "sent" ? kind : change.ack.ok && change.ack.state === "held" ? "held" : "sent";
      if (rows.has(item.cid)) view.mark(item.cid, state);
      else view.show(item, state);
      rows.set(item.cid, state);
      if (state === "retrying") holdUp();
    },

    /** The message stands in the room. @param {string | null | undefined} cid */
    arrived(cid) {
      if (!cid) return;
      said.add(cid);
      leave(cid);
    },
  };
}
