import assert from "node:assert/strict";
import { test } from "node:test";

import { createTurns } from "../../static/js/lib/turns.js";
import { createClock } from "./clock.mjs";

/** Web Locks as several pages of one browser share them; only what is used. */
function createLocks() {
  /** @typedef {{start: () => void, fail: (why: Error) => void}} Claim */
  /** @type {Map<string, {holder: Claim | null, queue: Claim[]}>} */
  const locks = new Map();

  /** @param {string} name */
  const lockOf = (name) => locks.get(name) ?? locks.set(name, { holder: null, queue: [] }).get(name) ?? assert.fail();

  /** @param {string} name */
  function next(name) {
    const lock = lockOf(name);
    lock.holder = lock.queue.shift() ?? null;
    lock.holder?.start();
  }

  /** @param {string} name @param {LockOptions} how @param {(lock: Lock | null) => Promise<void>} work @returns {Promise<void>} */
  const request = (name, how, work) => new Promise((resolve, reject) => {
    const lock = lockOf(name);
    const aborted = Object.assign(new Error("aborted"), { name: "AbortError" });
    /** @type {Claim} */
    const claim = {
      start: () => work(null).then(resolve, reject).finally(() => lock.holder === claim && next(name)),
      fail: reject,
    };
    if (how.steal) {
      lock.holder?.fail(aborted);
      lock.holder = claim;
      return claim.start();
    }
    how.signal?.addEventListener("abort", () => {
      lock.queue = lock.queue.filter((other) => other !== claim);
      if (lock.holder !== claim) reject(aborted);
    });
    lock.queue.push(claim);
    if (!lock.holder) next(name);
  });
  return /** @type {import("../../static/js/lib/turns.js").Locks} */ (/** @type {unknown} */ ({ request }));
}

function createBrowser() {
  const clock = createClock();
  const locks = createLocks();
  /** @type {import("../../static/js/lib/turns.js").Channel[]} */
  const channels = [];
  const openPage = () => {
    const page = { isVisible: true, isFrozen: false };
    /** @type {import("../../static/js/lib/turns.js").Channel} */
    const channel = {
      onmessage: null,
      postMessage: (data) => {
        for (const other of channels) {
          if (other !== channel) clock.later(1, () => other.onmessage?.(/** @type {MessageEvent} */ ({ data })));
        }
      },
    };
    channels.push(channel);
    const take = createTurns({ locks, channel, isVisible: () => page.isVisible, later: clock.later });
    const heard = channel.onmessage;
    channel.onmessage = (message) => { if (!page.isFrozen) heard?.(message); };
    return Object.assign(page, { take });
  };
  return { clock, openPage };
}

/** Work that goes on until it is told to end, or finds that its turn is over. @param {ReturnType<typeof createClock>} clock */
function createWork(clock) {
  const work = { steps: 0, isDone: false, wasTaken: false };
  /** @param {() => boolean} isMine */
  const run = async (isMine) => {
    while (!work.isDone && isMine()) {
      work.steps += 1;
      await new Promise((resolve) => clock.later(500, () => resolve(undefined)));
    }
    work.wasTaken = !isMine();
  };
  return Object.assign(work, { run });
}

test("one page after another", async () => {
  const { clock, openPage } = createBrowser();
  const [left, right] = [createWork(clock), createWork(clock)];
  openPage().take("room", left.run);
  openPage().take("room", right.run);
  openPage().take("another room", async () => {});
  await clock.advance(1_000);
  assert.deepEqual([left.steps > 0, right.steps], [true, 0]);
  left.isDone = true;
  await clock.advance(1_000);
  assert.ok(right.steps > 0);
});

test("a page that is looked at waits for another that is looked at, however long that takes", async () => {
  const { clock, openPage } = createBrowser();
  const [left, right] = [createWork(clock), createWork(clock)];
  openPage().take("room", left.run);
  openPage().take("room", right.run);
  await clock.advance(120_000);
  assert.deepEqual([right.steps, left.wasTaken], [0, false]);
});

for (const [what, change] of /** @type {const} */ ([["is out of sight", { isVisible: false }], ["is frozen", { isFrozen: true }]])) {
  test(`a page that is looked at takes the turn from one that ${what}, which finds out`, async () => {
    const { clock, openPage } = createBrowser();
    const [left, right] = [createWork(clock), createWork(clock)];
    const first = openPage();
    first.take("room", left.run);
    openPage().take("room", right.run);
    await clock.advance(1_000);
    Object.assign(first, change);
    await clock.advance(5_000);
    assert.ok(right.steps > 0);
    assert.ok(left.wasTaken);
    Object.assign(first, { isVisible: true, isFrozen: false });
    const back = createWork(clock);
    first.take("room", back.run);
    await clock.advance(20_000);
    assert.equal(back.steps, 0, "and the turn is not taken back");
    right.isDone = true;
    await clock.advance(1_000);
    assert.ok(back.steps > 0);
  });
}

test("pages out of sight wait for each other", async () => {
  const { clock, openPage } = createBrowser();
  const [left, right] = [createWork(clock), createWork(clock)];
  Object.assign(openPage(), { isVisible: false }).take("room", left.run);
  Object.assign(openPage(), { isVisible: false }).take("room", right.run);
  await clock.advance(120_000);
  assert.equal(right.steps, 0);
});

test("work that fails gives the turn on, and tells", async () => {
  const { clock, openPage } = createBrowser();
  const right = createWork(clock);
  const failed = assert.rejects(openPage().take("room", async () => { throw new Error("broken"); }), /broken/);
  openPage().take("room", right.run);
  await clock.advance(1_000);
  await failed;
  assert.ok(right.steps > 0);
});
