import { openStore } from "../lib/outbox-store.js";
import { createOutbox } from "../lib/outbox.js";
import { createWaiting } from "./waiting.js";

/**
 * @typedef {import("../lib/outbox-store.js").Item} Item
 * @typedef {import("../lib/outbox.js").Change} Change
 * @typedef {ReturnType<typeof createOutgoing>} Outgoing
 */

/** Other pages of the same person show what happens here. @param {string} account @param {(change: Change) => void} hear */
function otherTabs(account, hear) {
  if (!globalThis.BroadcastChannel) return () => {};
  const channel = new BroadcastChannel(`outbox ${account}`);
  channel.onmessage = ({ data }) => hear(data);
  return (/** @type {Change} */ change) => channel.postMessage(change);
}

/**
 * What is said here and not yet in the room.
 * @param {object} around
 * @param {string} around.room
 * @param {string} around.account
 * @param {import("./pane.js").Pane} around.pane
 * @param {import("./message.js").Renderer} around.renderer
 * @param {(item: Item) => Promise<import("../lib/connection.js").Ack>} around.send
 * @param {((item: Item) => void) | null} around.onRefused the words go back to where they were written; null: they are kept
 * @param {() => void} around.onChange
 */
export function createOutgoing({ room, account, pane, renderer, send, onRefused, onChange }) {
  /** @type {Map<string, HTMLElement>} */
  const rows = new Map();
  const waiting = createWaiting({
    show(item, state) {
      const row = renderer.fromItem(item);
      renderer.mark(row, state);
      rows.set(item.cid, row);
      pane.addWaiting(row);
    },
    mark(cid, state) {
      const row = rows.get(cid);
      if (row) renderer.mark(row, state);
    },
    hide(cid) {
      rows.get(cid)?.remove();
      rows.delete(cid);
    },
  });

  /** @param {Change} change */
  async function hear(change) {
    if (change.item.room !== room) return; // its own page will show it
    waiting.take(change);
    onChange();
    if (change.kind === "refused" && onRefused && (await outbox.takeBack(change.item))) onRefused(change.item);
  }

  const tell = otherTabs(account, hear);
  const outbox = createOutbox({
    account,
    store: openStore(),
    send,
    locks: navigator.locks,
    onChange(change) {
      hear(change);
      tell(change);
    },
  });

  return {
    waiting,
    /** Goes on with what waits from before; what the server had already taken stands in the page. */
    adopt() {
      for (const message of pane.list.querySelectorAll(".message-own")) {
        waiting.arrived(/** @type {HTMLElement} */ (message).dataset.cid);
      }
      return outbox.resume();
    },
    nudge: outbox.nudge,
    stop: outbox.stop,
    /** @param {{body: string, content_note?: string}} draft */
    put: (draft) => outbox.put({ room, ...draft }),
  };
}
