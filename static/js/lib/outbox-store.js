/**
 * Where unsent messages live until the server has them.
 * @typedef {{room: string, body: string, content_note?: string, reply_to?: string}} Draft
 * @typedef {Draft & {account: string, cid: string, n?: number, refusal?: import("./connection.js").Refusal}} Item
 *   `n` is given by the store and orders the items; `refusal` marks one that will not be tried again and waits to be taken back
 * @typedef {object} Store
 * @property {(item: Item) => Promise<Item>} add resolves when the item would survive the closing of the page
 * @property {(account: string) => Promise<Item[]>} list in the order they were added
 * @property {(item: Item) => Promise<void>} replace does nothing when the item is gone
 * @property {(item: Item) => Promise<boolean>} remove whether it was still there: of two tabs, one takes it
 */

const DATABASE = "recovery-net";
const TABLE = "outbox";

/** For browsers that keep nothing. @returns {Store} */
export function memoryStore() {
  /** @type {Map<number, Item>} */
  const items = new Map();
  let n = 0;
  return {
    async add(item) {
      const added = { ...item, n: --n };
      items.set(n, added);
      return added;
    },
    async list(account) { return [...items.values()].filter((item) => item.account === account); },
    async replace(item) { if (items.has(item.n ?? 0)) items.set(item.n ?? 0, item); },
    async remove(item) { return items.delete(item.n ?? 0); },
  };
}

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
 * The durable store, and memory from its first failure to add on: sending goes on in a private window or on a full disk.
 * @param {Store} durable @param {Store} [spare] its items are told by their negative `n`
 * @returns {Store}
 */
export function storeWithSpare(durable, spare = memoryStore()) {
  let working = true;
  const homeOf = (/** @type {Item} */ item) => (Number(item.n) < 0 ? spare : durable);
  return {
    async add(item) {
      const added = working && (await durable.add(item).catch(() => null));
      working = Boolean(added);
      return added || spare.add(item);
    },
    async list(account) {
      const kept = await durable.list(account).catch(() => []);
      return [...kept, ...(await spare.list(account))];
    },
    replace: (item) => homeOf(item).replace(item),
    remove: (item) => homeOf(item).remove(item),
  };
}

export const openStore = () => (globalThis.indexedDB ? storeWithSpare(indexedStore()) : memoryStore());
