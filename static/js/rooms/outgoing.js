import { make } from "../lib/dom.js";
import { openStore } from "../lib/outbox-store.js";
import { createOutbox } from "../lib/outbox.js";
import { after } from "../lib/timing.js";
import { otherTabs, turnsOf } from "./posting.js";
import { createWaiting } from "./waiting.js";

const WRITER_FIRST = 1_000; // ms: words go back to the tab that wrote them, while it is there

/**
 * @typedef {import("../lib/outbox-store.js").Item} Item
 * @typedef {import("../lib/outbox.js").Change} Change
 * @typedef {ReturnType<typeof createOutgoing>} Outgoing
 */

/**
 * What is said here and not yet in the room.
 * @param {object} around
 * @param {string} around.room
 * @param {string} around.account
 * @param {import("./pane.js").Pane} around.pane
 * @param {import("./message.js").Renderer} around.renderer
 * @param {(item: Item) => Promise<import("../lib/requests.js").Ack>} around.send
 * @param {import("../lib/words.js").Words} around.words
 * @param {() => number} around.have the newest `seq` that the page has
 * @param {((item: Item) => void) | null} around.onRefused the words go back to where they were written; null: they stay in the page
 * @param {(change: Change) => void} around.onChange
 */
export function createOutgoing({ room, account, pane, renderer, words, send, have, onRefused, onChange }) {
  /** @type {Map<string, HTMLElement>} */
  const rows = new Map();
  /** @type {Set<string>} */
  const written = new Set(); // cids, here
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
      const row = rows.get(cid);
      if (row) pane.removeWaiting(row);
      rows.delete(cid);
    },
  });

  /** @param {Change} change */
  function hear(change) {
    if (change.item.room !== room) return; // its own page will show it
    waiting.take(change);
    // Taken before, and its answer lost: no push will bring what the page has already.
    if (change.kind === "sent" && change.ack.state !== "held" && change.ack.seq <= have()) waiting.arrived(change.item.cid);
    onChange(change);
    if (change.kind !== "refused") return;
    if (!onRefused) explain(change.item);
    after(written.has(change.item.cid) ? 0 : WRITER_FIRST, () => handBack(change.item));
  }

  /** Nowhere to write: the words stay where they are until their writer has done with them. @param {Item} item */
  function explain(item) {
    const state = rows.get(item.cid)?.querySelector("[data-state]");
    const done = make("button", "button button-plain", words.say("remove"));
    done.type = "button";
    done.addEventListener("click", () => outbox.takeBack(item));
    state?.append(make("span", "", item.refusal?.message ?? ""), done);
  }

  /** @param {Item} item */
  async function handBack(item) {
    if (onRefused && (await outbox.takeBack(item))) onRefused(item);
  }

  const tell = otherTabs(account, hear);
  const outbox = createOutbox({
    account,
    store: openStore(),
    send,
    turns: turnsOf(account),
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
    async put(draft) {
      const item = await outbox.put({ room, ...draft });
      written.add(item.cid);
    },
  };
}
