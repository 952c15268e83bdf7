import { after, fullJitter } from "./timing.js";
import { alone } from "./turns.js";
import { uuid4 } from "./uuid.js";

/**
 * @typedef {import("./outbox-store.js").Item} Item
 * @typedef {import("./outbox-store.js").Draft} Draft
 * @typedef {import("./requests.js").Ack} Ack
 * @typedef {{kind: "waiting" | "stopped" | "refused" | "gone", item: Item} | {kind: "retrying", item: Item, isAnswered: boolean}
 *   | {kind: "sent", item: Item, ack: Ack & {ok: true}}} Change  `isAnswered`: the server is there and says "later"
 * @typedef {object} OutboxWiring
 * @property {string} account whose words these are: nobody else's page shows or sends them
 * @property {import("./outbox-store.js").Store} store
 * @property {(item: Item) => Promise<Ack>} send rejects when no answer came
 * @property {(change: Change) => void} onChange
 * @property {import("./turns.js").TakeTurn} [turns] one tab at a time: it saves work only, as the same `cid` may be sent by two
 * @property {import("./timing.js").After} [later]
 * @property {() => number} [random]
 * @property {() => string} [newCid]
 */

/**
 * What a person has said and the server has not yet taken. Stored before the first try, first in first out and one at a time in
 * each room, tried until there is an answer. The same `cid` goes each time: a lost answer never says anything twice. An item
 * leaves the store after its answer only, so order holds even when two tabs send.
 * @param {OutboxWiring} wiring
 */
export function createOutbox({ account, store, send, onChange, turns = alone, later = after, random = Math.random, newCid = uuid4 }) {
  let stopped = false;
  /** @type {Set<string>} rooms */
  const sending = new Set();
  /** @type {Set<() => void>} */
  const resting = new Set();
  /** @type {Set<() => void>} */
  const told = new Set(); // who was told by the server how long to rest: no nudge ends that
  /** @type {Set<string>} */
  const settled = new Set(); // cids; the store may fail to let one go
  let isAdopted = true; // what waits from before was told of
  let isAskingAgain = false;
  let silences = 0; // of the store, in a row

  /** What the store holds. One that does not tell is not empty: null, and it is asked again. */
  async function list() {
    try {
      const items = await store.list(account);
      silences = 0;
      return items;
    } catch {
      if (!isAskingAgain) askAgain();
      return null;
    }
  }

  async function askAgain() {
    isAskingAgain = true;
    await rest(fullJitter(silences++, random), resting);
    isAskingAgain = false;
    if (!stopped) await (isAdopted ? sendAll() : adopt());
  }

  /** @param {string} room */
  async function nextOf(room) {
    return (await list())?.find((item) => item.room === room && !item.refusal && !settled.has(item.cid));
  }

  /** @param {number} ms @param {Set<() => void>} sleepers */
  const rest = (ms, sleepers) =>
    new Promise((resolve) => {
      const wake = () => { sleepers.delete(wake); cancel(); resolve(undefined); };
      const cancel = later(ms, wake);
      sleepers.add(wake);
    });

  /** @param {Item} item @returns {Promise<Ack | null>} what is still to be tried again: "later", or no answer at all */
  async function tryOnce(item) {
    const ack = await send(item).catch(() => null);
    if (!ack || (!ack.ok && !ack.error.permanent)) return ack;
    settled.add(item.cid);
    if (ack.ok) {
      await store.remove(item).catch(() => {}); // sent again when the page is opened again, and answered the same
      onChange({ kind: "sent", item, ack });
    } else {
      const refused = { ...item, refusal: ack.error };
      await store.replace(refused).catch(() => {});
      onChange({ kind: "refused", item: refused });
    }
    return ack;
  }

  /** @param {Ack | null} ack */
  const isSettled = (ack) => ack !== null && (ack.ok || ack.error.permanent);

  /** @param {Item} item @param {() => boolean} goesOn */
  async function sendOne(item, goesOn) {
    for (let failures = 0; goesOn(); failures += 1) {
      const ack = await tryOnce(item);
      if (isSettled(ack)) return;
      if (!goesOn()) return;
      onChange({ kind: "retrying", item, isAnswered: ack !== null });
      const least = ack && !ack.ok ? 1_000 * (ack.error.retry_after ?? 0) : 0;
      if (least) await rest(least, told);
      if (goesOn()) await rest(fullJitter(failures, random), resting);
    }
  }

  /** @param {string} room */
  async function sendFrom(room) {
    if (stopped || sending.has(room)) return;
    sending.add(room);
    try {
      await turns(`outbox ${account} ${room}`, async (isMine) => {
        const goesOn = () => !stopped && isMine();
        for (let item; goesOn() && (item = await nextOf(room)); ) await sendOne(item, goesOn);
      });
    } finally {
      sending.delete(room);
    }
    if (await nextOf(room)) sendFrom(room); // put while we were leaving, or the turn was taken
  }

  async function sendAll() {
    const waiting = (await list())?.filter((item) => !item.refusal);
    for (const room of new Set(waiting?.map((item) => item.room))) sendFrom(room);
  }

  async function adopt() {
    const items = await list();
    isAdopted = items !== null;
    for (const item of items ?? []) onChange({ kind: item.refusal ? "refused" : "waiting", item });
    if (isAdopted) await sendAll();
  }

  /** @param {Set<() => void>[]} sleepers */
  function wake(...sleepers) {
    for (const some of sleepers) for (const act of [...some]) act();
  }

  return {
    /** Keeps the words, then tries. @param {Draft} draft @returns {Promise<Item>} resolves when kept */
    async put(draft) {
      const item = await store.add({ ...draft, account, cid: newCid() });
      onChange({ kind: stopped ? "stopped" : "waiting", item });
      sendFrom(item.room);
      return item;
    },

    /** Everything left from before, of every room. */
    resume() {
      stopped = false;
      return adopt();
    },

    /** Something has changed for the better: try now. */
    nudge() {
      wake(resting);
      sendAll(); // what the store did not tell of before
    },

    /** Nothing more leaves this page. What waits stays in the store for its owner. */
    async stop() {
      stopped = true;
      wake(resting, told);
      for (const item of await store.list(account).catch(() => [])) if (!item.refusal) onChange({ kind: "stopped", item });
    },

    /** A refused item is its writer's again, once. @param {Item} item @returns {Promise<boolean>} whether it was there to take */
    async takeBack(item) {
      const taken = await store.remove(item).catch(() => true); // better twice than never
      if (taken) onChange({ kind: "gone", item });
      return taken;
    },
  };
}
