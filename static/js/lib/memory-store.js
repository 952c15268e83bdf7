/** For browsers that keep nothing, and for what they could not keep. @returns {import("./outbox-store.js").Store} */
export function memoryStore() {
  /** @type {Map<number, import("./outbox-store.js").Item>} */
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
