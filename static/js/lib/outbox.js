import { after, fullJitter } from "./timing.js";
import { uuid4 } from "./uuid.js";

/**
 * @typedef {import("./outbox-store.js").Item} Item
 * @typedef {import("./outbox-store.js").Draft} Draft
 * @typedef {import("./connection.js").Ack} Ack
 * @typedef {{request: (name: string, work: () => Promise<void>) => Promise<void>}} Locks
 * @typedef {{kind: "waiting" | "retrying" | "refused" | "gone", item: Item} | {kind: "sent", item: Item, ack: Ack}} Change
 * @typedef {object} OutboxWiring
 * @property {string} account whose words these are: nobody else's page shows or sends them
 * @property {import("./outbox-store.js").Store} store
 * @property {(item: Item) => Promise<Ack>} send rejects when no answer came
 * @property {(change: Change) => void} onChange
 * @property {Locks} [locks] one tab at a time
 * @property {import("./timing.js").After} [later]
 * @property {() => number} [random]
 * @property {() => string} [newCid]
 */

/** Without Web Locks two tabs may both send an item; it has one `cid`, so the server keeps one. @type {Locks} */
const noLocks = { request: (_name, work) => work() };

/**
 * What a person has said and the server has not yet taken. Stored before the first try, first in first out and one at a time in
 * each room, tried until there is an answer. The same `cid` goes each time: a lost answer never says anything twice.
 * @param {OutboxWiring} wiring
 */
export function createOutbox({ account, store, send, onChange, locks = noLocks, later = after, random = Math.random, newCid = uuid4 }) {
  let stopped = false;
  /** @type {Set<string>} rooms */
  const sending = new Set();
  /** @type {Set<() => void>} */
  const resting = new Set();

  const itemsOf = async (/** @type {string} */ room) => (await store.list(account)).filter((item) => item.room === room);
  const nextOf = async (/** @type {string} */ room) => (await itemsOf(room)).find((item) => !item.refusal);

  /** @param {number} ms */
  const rest = (ms) =>
    new Promise((resolve) => {
      const wake = () => { resting.delete(wake); cancel(); resolve(undefined); };
      const cancel = later(ms, wake);
      resting.add(wake);
    });

  /** @param {Item} item @returns {Promise<number>} ms to wait at least before trying again; -1 when there is nothing left to try */
  async function tryOnce(item) {
    const ack = await send(item).catch(() => null);
    if (ack?.ok) {
      await store.remove(item);
      onChange({ kind: "sent", item, ack });
      return -1;
    }
    if (!ack?.error.permanent) return 1_000 * (ack?.error.retry_after ?? 0);
    const refused = { ...item, refusal: ack.error };
    await store.replace(refused);
    onChange({ kind: "refused", item: refused });
    return -1;
  }

  /** @param {string} room */
  async function sendAll(room) {
    for (let item; !stopped && (item = await nextOf(room)); ) {
      for (let failures = 0, wait; !stopped && (wait = await tryOnce(item)) >= 0; failures += 1) {
        onChange({ kind: "retrying", item });
        if (!stopped) await rest(Math.max(wait, fullJitter(failures, random)));
      }
    }
  }

  /** @param {string} room */
  async function sendFrom(room) {
    if (stopped || sending.has(room)) return;
    sending.add(room);
    try {
      await locks.request(`outbox ${account} ${room}`, () => sendAll(room));
    } finally {
      sending.delete(room);
    }
    if (await nextOf(room)) sendFrom(room); // put while we were leaving
  }

  return {
    /** Keeps the words, then tries. @param {Draft} draft @returns {Promise<Item>} resolves when kept */
    async put(draft) {
      const item = await store.add({ ...draft, account, cid: newCid() });
      onChange({ kind: stopped ? "retrying" : "waiting", item });
      sendFrom(item.room);
      return item;
    },

    /** Everything left from before, of every room. */
    async resume() {
      stopped = false;
      const items = await store.list(account);
      for (const item of items) onChange({ kind: item.refusal ? "refused" : "waiting", item });
      for (const room of new Set(items.map((item) => item.room))) sendFrom(room);
    },

    /** Something has changed for the better: try now. */
    nudge() { for (const wake of [...resting]) wake(); },

    /** Nothing more leaves this page. What waits stays in the store for its owner. */
    stop() {
      stopped = true;
      for (const wake of [...resting]) wake();
    },

    /** A refused item is its writer's again, once. @param {Item} item @returns {Promise<boolean>} whether it was there to take */
    async takeBack(item) {
      const taken = await store.remove(item);
      if (taken) onChange({ kind: "gone", item });
      return taken;
    },
  };
}
