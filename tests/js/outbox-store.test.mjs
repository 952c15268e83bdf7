import assert from "node:assert/strict";
import { test } from "node:test";

import { memoryStore } from "../../static/js/lib/memory-store.js";
import { isUnkept, storeWithSpare } from "../../static/js/lib/outbox-store.js";
import { createClock } from "./clock.mjs";

/** @typedef {import("../../static/js/lib/outbox-store.js").Item} Item */

/** A durable store that can be made to fail or to hang. */
function createDisk() {
  const items = memoryStore();
  /** @type {"works" | "fails" | "hangs"} */
  let state = "works";
  /** @type {(() => void)[]} */
  let hanging = [];
  /** @template T @param {() => Promise<T>} work @returns {Promise<T>} */
  async function doing(work) {
    if (state === "fails") throw new Error("QuotaExceededError");
    if (state === "hangs") await new Promise((resolve) => hanging.push(() => resolve(undefined)));
    return work();
  }
  /** @type {(item: Item) => Item} */
  const durable = (item) => ({ ...item, n: -Number(item.n) });
  return {
    /** @param {typeof state} next */
    set(next) {
      state = next;
      for (const go of hanging) go();
      hanging = [];
    },
    /** @type {import("../../static/js/lib/outbox-store.js").Store} */
    store: {
      add: (item) => doing(async () => durable(await items.add(item))),
      list: (account) => doing(async () => (await items.list(account)).map(durable)),
      replace: (item) => doing(() => items.replace(durable(item))),
      remove: (item) => doing(() => items.remove(durable(item))),
    },
  };
}

function setUp() {
  const clock = createClock();
  const disk = createDisk();
  const store = storeWithSpare(disk.store, memoryStore(), clock.later);
  /** @param {string} body */
  const add = async (body) => {
    const adding = store.add({ account: "a", room: "evening", body, cid: body });
    await clock.advance(4_000);
    return adding;
  };
  /** @returns {Promise<string[]>} */
  const bodies = async () => {
    const listing = store.list("a");
    await clock.advance(4_000);
    return (await listing).map((item) => item.body);
  };
  return { clock, disk, store, add, bodies };
}

for (const fault of /** @type {const} */ (["fails", "hangs"])) {
  test(`a disk that ${fault}: words are kept in memory and say so, in order, until memory is empty again`, async () => {
    const { disk, store, add, bodies, clock } = setUp();
    assert.equal(isUnkept(await add("one")), false);
    disk.set(fault);
    const two = await add("two");
    assert.equal(isUnkept(two), true);
    disk.set("works");
    await clock.settle();
    const three = await add("three");
    assert.equal(isUnkept(three), true, "not before what is in memory");
    assert.deepEqual(await bodies(), ["one", "two", "three"]);
    assert.deepEqual([await store.remove(two), await store.remove(three)], [true, true]);
    assert.equal(isUnkept(await add("four")), false);
    assert.deepEqual(await bodies(), ["one", "four"]);
  });
}

test("a disk that has told nothing yet and fails is not empty", async () => {
  const { disk, store, add, bodies } = setUp();
  await add("one");
  const later = storeWithSpare(disk.store, memoryStore());
  disk.set("fails");
  await assert.rejects(later.list("a"), /Quota/);
  assert.deepEqual(await bodies(), ["one"], "what this page has put there it knows");
  disk.set("works");
  assert.deepEqual((await later.list("a")).map((item) => item.body), ["one"]);
  assert.equal((await store.list("a")).length, 1);
});

test("what is on a disk that fails goes before what is in memory", async () => {
  const { disk, add, bodies } = setUp();
  await add("one");
  disk.set("fails");
  await add("two");
  assert.deepEqual(await bodies(), ["one", "two"]);
});

test("what waits in memory is seen though the disk hangs", async () => {
  const { disk, add, bodies } = setUp();
  disk.set("hangs");
  await add("one");
  assert.deepEqual(await bodies(), ["one"]);
});

test("what a slow disk keeps after all is not there twice", async () => {
  const { disk, add, bodies, clock } = setUp();
  disk.set("hangs");
  await add("one");
  disk.set("works");
  await clock.settle();
  assert.deepEqual(await bodies(), ["one"]);
});

test("a disk that fails to let go says so", async () => {
  const { disk, store, add } = setUp();
  const one = await add("one");
  disk.set("fails");
  await assert.rejects(store.remove(one), /Quota/);
});
