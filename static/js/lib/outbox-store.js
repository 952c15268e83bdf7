import { memoryStore } from "./memory-store.js";
import { after } from "./timing.js";

/**
 * Where unsent messages live until the server has them.
 * @typedef {{room: string, body: string, content_note?: string, reply_to?: string}} Draft
 * @typedef {Draft & {account: string, cid: string, n?: number, refusal?: import("./requests.js").Refusal}} Item
 *   `n` is given by the store and orders the items, below zero in memory; `refusal` marks one that will not be tried again and waits to be taken back
 * @typedef {object} Store
 * @property {(item: Item) => Promise<Item>} add resolves when the item would survive the closing of the page
 * @property {(account: string) => Promise<Item[]>} list in the order they were added; fails when it cannot tell
 * @property {(item: Item) => Promise<void>} replace does nothing when the item is gone
 * @property {(item: Item) => Promise<boolean>} remove whether it was still there: of two tabs, one takes it
 */

const DATABASE = "recovery-net";
const TABLE = "outbox";
const PATIENCE = 3_000; // ms

/** @template T @param {IDBRequest<T>} request @returns {Promise<T>} */
const answer = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

/** @param {IDBFactory} factory */
function open(factory) {
  const request = factory.open(DATABASE, 1);
  request.onupgradeneeded = () =>
    request.result.createObjectStore(TABLE, { keyPath: "n", autoIncrement: true }).createIndex("account", "account");
  return answer(request);
}

/** @param {IDBFactory} [factory] @returns {Store} */
export function indexedStore(factory = indexedDB) {
  /** @type {Promise<IDBDatabase> | null} */
  let opened = null;

  async function database() {
    opened ??= open(factory);
    const found = await opened.catch((error) => { opened = null; throw error; });
    found.onclose = () => { opened = null; }; // the browser cleared the site's data
    found.onversionchange = () => { found.close(); opened = null; };
    return found;
  }

  /** @template T @param {IDBTransactionMode} mode @param {(table: IDBObjectStore) => Promise<T>} work @returns {Promise<T>} */
  async function within(mode, work) {
    const transaction = (await database()).transaction(TABLE, mode, { durability: "strict" });
    const done = new Promise((resolve, reject) => {
      transaction.oncomplete = resolve;
      transaction.onabort = () => reject(transaction.error);
    });
    const [result] = await Promise.all([work(transaction.objectStore(TABLE)), done]);
    return result;
  }

  return {
    add: (item) => within("readwrite", async (table) => ({ ...item, n: Number(await answer(table.add(item))) })),
    list: (account) => within("readonly", (table) => answer(table.index("account").getAll(account))),
    replace: (item) =>
      within("readwrite", async (table) => {
        if (await answer(table.getKey(item.n ?? 0))) await answer(table.put(item));
      }),
    remove: (item) =>
      within("readwrite", async (table) => {
        const there = await answer(table.getKey(item.n ?? 0));
        await answer(table.delete(item.n ?? 0));
        return there !== undefined;
      }),
  };
}

/**
 * The durable store, and memory while that fails: sending goes on in a private window, on a full disk, and where the browser lets
 * its database hang. While something is in memory, what comes after it goes there too, so that order holds.
 * @param {Store} durable @param {Store} [spare] its items are told by their negative `n` @param {import("./timing.js").After} [later]
 * @returns {Store}
 */
export function storeWithSpare(durable, spare = memoryStore(), later = after) {
  let isHanging = false;
  /** @type {Item[] | null} what the durable store held when it last told: nothing else goes before it when it fails */
  let last = null;

  /** @template T @param {() => Promise<T>} work @returns {Promise<T>} */
  async function inTime(work) {
    if (isHanging) throw new Error("the store does not answer");
    const answer = work();
    return new Promise((resolve, reject) => {
      const cancel = later(PATIENCE, () => { isHanging = true; reject(new Error("the store does not answer")); });
      answer.then(resolve, reject).finally(() => { isHanging = false; cancel(); });
    });
  }

  /** @param {Item} item */
  async function keep(item) {
    /** @type {Promise<Item> | undefined} */
    let adding;
    try {
      const kept = await inTime(() => (adding = durable.add(item)));
      last = [...(last ?? []), kept];
      return kept;
    } catch {
      adding?.then((late) => durable.remove(late)).catch(() => {}); // it is in memory by then
      return null;
    }
  }

  return {
    async add(item) {
      const isAlone = !(await spare.list(item.account)).length;
      return (isAlone && (await keep(item))) || spare.add(item);
    },
    async list(account) {
      const unkept = await spare.list(account);
      try {
        last = await inTime(() => durable.list(account));
      } catch (error) {
        if (!last && !unkept.length) throw error; // it may hold something from before
      }
      return [...(last ?? []), ...unkept];
    },
    async replace(item) {
      if (isUnkept(item)) return spare.replace(item);
      await inTime(() => durable.replace(item));
      last = last && last.map((each) => (each.n === item.n ? item : each));
    },
    async remove(item) {
      if (isUnkept(item)) return spare.remove(item);
      const wasThere = await inTime(() => durable.remove(item));
      last = last && last.filter((each) => each.n !== item.n);
      return wasThere;
    },
  };
}

/** Whether the words would be gone with the page. @param {Item} item */
export const isUnkept = ({ n }) => Number(n) < 0;

export const openStore = () => (globalThis.indexedDB ? storeWithSpare(indexedStore()) : memoryStore());
