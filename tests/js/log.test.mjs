import assert from "node:assert/strict";
import { test } from "node:test";

import { createLog } from "../../static/js/lib/log.js";
import { chance, createClock } from "./clock.mjs";

const PAGE = 200;

/**
 * @typedef {import("../../static/js/lib/log.js").RoomEvent} RoomEvent
 * @typedef {import("../../static/js/lib/log.js").Page} Page
 * @typedef {import("../../static/js/lib/log.js").LogWiring} LogWiring
 * @typedef {{epoch: string | number, seq: number}} From
 */

/** The server's side of one room: the truth, and pages of it. */
class Truth {
  epoch = 1;
  /** @type {RoomEvent[]} */
  events = [];
  /** @type {[string, number | undefined][]} */
  asked = [];

  say(n = 1) {
    for (let i = 0; i < n; i += 1) {
      const seq = this.events.length + 1;
      this.events.push({ room: "r", epoch: this.epoch, seq, kind: "message", cid: `${this.epoch}.${seq}` });
    }
    return this.newestEvent;
  }

  get newestEvent() { return this.events[this.events.length - 1]; }

  /** @param {number} after @returns {Page} */
  page(after) {
    const events = this.events.slice(after, after + PAGE);
    return { epoch: this.epoch, head: this.events.length, events, more: after + PAGE < this.events.length, reset: after > this.events.length };
  }

  newest() { return { ...this.page(Math.max(0, this.events.length - 50)), more: this.events.length > 50 }; }

  /** @param {number} [after] */
  join = async (after) => { this.asked.push(["join", after]); return after === undefined ? this.newest() : this.page(after); };

  /** @param {number} after */
  sync = async (after) => { this.asked.push(["sync", after]); return this.page(after); };

  /** A restored backup: some of the end is gone, and what follows is another history. @param {number} keep */
  restore(keep) {
    this.epoch += 1;
    this.events = this.events.slice(0, keep).map((event) => ({ ...event, epoch: this.epoch }));
  }
}

const createTruth = () => new Truth();

/** What a page shows of it. */
class View {
  /** @type {RoomEvent[]} */
  events = [];
  resets = 0;
  /** @type {import("../../static/js/lib/requests.js").Refusal | null} */
  refused = null;

  /** @param {Truth} truth @param {From} [from] @param {Partial<LogWiring>} [wiring] @param {ReturnType<typeof createClock>} [clock] */
  constructor(truth, from, wiring = {}, clock = createClock()) {
    this.clock = clock;
    this.log = createLog({
      join: truth.join,
      sync: truth.sync,
      onEvents: (events) => this.show(events),
      onReset: () => { this.events = []; this.resets += 1; },
      onRefused: (refusal) => { this.refused = refusal; },
      later: clock.later,
      random: () => 0.5,
      ...wiring,
    }, from);
  }

  /** @param {RoomEvent[]} events */
  show(events) {
    for (const event of events) {
      const last = this.events.at(-1);
      if (last) assert.equal(event.seq, last.seq + 1, `${event.seq} after ${last.seq}`);
      this.events.push(event);
    }
  }
}

/** @param {Truth} truth @param {From} [from] @param {Partial<LogWiring>} [wiring] */
const follow = (truth, from, wiring) => new View(truth, from, wiring);
/** @param {View} view */
const seqs = (view) => view.events.map((event) => event.seq);
/** @param {number} first @param {number} last */
const range = (first, last) => Array.from({ length: last - first + 1 }, (_, i) => first + i);

test("pushes in order are shown, doubles are dropped", async () => {
  const truth = createTruth();
  const view = follow(truth, { epoch: 1, seq: 0 });
  await view.log.connected();
  const [first, second] = [truth.say(), truth.say()];
  truth.asked.length = 0;
  for (const event of [first, first, second, first, second]) view.log.push(event);
  assert.deepEqual(seqs(view), [1, 2]);
  assert.deepEqual(truth.asked, []);
});

test("a gap is held and fetched; what was held comes after it", async () => {
  const truth = createTruth();
  const view = follow(truth, { epoch: 1, seq: 0 });
  await view.log.connected();
  truth.say(4);
  view.log.push(truth.events[3]);
  assert.deepEqual(seqs(view), []);
  await view.clock.settle();
  assert.deepEqual(seqs(view), [1, 2, 3, 4]);
});

test("a late push fills the gap before the answer does, and nothing is said twice", async () => {
  const truth = createTruth();
  const view = follow(truth, { epoch: 1, seq: 0 });
  await view.log.connected();
  truth.say(2);
  view.log.push(truth.events[1]);
  view.log.push(truth.events[0]);
  assert.deepEqual(seqs(view), [1, 2]);
  await view.clock.settle();
  assert.deepEqual(seqs(view), [1, 2]);
});

test("heads that are ahead make it ask; heads that are not do not", async () => {
  const truth = createTruth();
  const view = follow(truth, { epoch: 1, seq: 0 });
  await view.log.connected();
  truth.asked.length = 0;
  view.log.heads(1, 0);
  assert.deepEqual(truth.asked, []);
  truth.say(3);
  view.log.heads(1, 3);
  await view.clock.settle();
  assert.deepEqual(seqs(view), [1, 2, 3]);
});

test("many reasons to ask at once make one request, and at most one more after it", async () => {
  const truth = createTruth();
  const view = follow(truth, { epoch: 1, seq: 0 });
  await view.log.connected();
  truth.asked.length = 0;
  truth.say(30);
  for (const event of truth.events.slice(5)) view.log.push(event);
  view.log.heads(1, 30);
  await view.clock.settle();
  assert.deepEqual(seqs(view), range(1, 30));
  assert.ok(truth.asked.length <= 2, `asked ${truth.asked.length} times`);
});

test("a long absence comes in pages until there is no more, while pushes go on", async () => {
  const truth = createTruth();
  truth.say(3);
  const view = follow(truth, { epoch: 1, seq: 3 });
  truth.say(997);
  const back = view.log.connected();
  view.log.push(truth.say());
  await back;
  assert.deepEqual(seqs(view), range(4, 1001));
  assert.deepEqual(truth.asked[0], ["join", 3]);
});

test("coming back joins first, then goes on from the last seq", async () => {
  const truth = createTruth();
  const view = follow(truth, { epoch: 1, seq: 0 });
  await view.log.connected();
  truth.say(2);
  view.log.heads(1, 2);
  await view.clock.settle();
  view.log.disconnected();
  truth.say(2);
  truth.asked.length = 0;
  await view.log.connected();
  assert.deepEqual(truth.asked[0], ["join", 2]);
  assert.deepEqual(seqs(view), [1, 2, 3, 4]);
  assert.equal(view.resets, 0);
});

test("nothing is asked while there is no connection", async () => {
  const truth = createTruth();
  const view = follow(truth, { epoch: 1, seq: 0 });
  truth.say(5);
  view.log.push(truth.events[4]);
  view.log.heads(1, 5);
  await view.clock.settle();
  assert.deepEqual(truth.asked, []);
});

test("another epoch clears the page and starts from the newest page", async () => {
  const truth = createTruth();
  truth.say(80);
  const view = follow(truth, { epoch: "1", seq: 80 }); // the page's attribute is text
  await view.log.connected();
  assert.equal(view.resets, 0);
  truth.restore(70);
  truth.say(5);
  view.log.push(truth.newestEvent);
  await view.clock.settle();
  assert.equal(view.resets, 1);
  assert.deepEqual(seqs(view), range(26, 75));
  assert.equal(view.log.have, 75);
});

test("an epoch that changed while one was away shows in the first answer", async () => {
  const truth = createTruth();
  truth.say(20);
  const view = follow(truth, { epoch: 1, seq: 20 });
  truth.restore(15);
  truth.say(10);
  await view.log.connected();
  assert.equal(view.resets, 1);
  assert.deepEqual(seqs(view), range(1, 25));
});

test("a push that comes while an older answer is on its way is asked for again", async () => {
  const truth = createTruth();
  /** @type {(() => void)[]} */
  const answers = [];
  const sync = (/** @type {number} */ after) => new Promise((resolve) => { const page = truth.page(after); answers.push(() => resolve(page)); });
  const view = follow(truth, { epoch: 1, seq: 0 }, { sync });
  await view.log.connected();
  truth.say(2);
  view.log.push(truth.events[1]);
  await view.clock.settle();
  truth.say(2);
  view.log.push(truth.events[3]);
  answers[0]();
  await view.clock.settle();
  assert.deepEqual(seqs(view), [1, 2]);
  answers[1]();
  await view.clock.settle();
  assert.deepEqual(seqs(view), [1, 2, 3, 4]);
});

test("a reset clears and starts from the newest page", async () => {
  const truth = createTruth();
  truth.say(10);
  const view = follow(truth, { epoch: 1, seq: 99 });
  await view.log.connected();
  assert.equal(view.resets, 1);
  assert.deepEqual(seqs(view), range(1, 10));
});

test("a page without a past starts from the newest page", async () => {
  const truth = createTruth();
  truth.say(120);
  const view = follow(truth, undefined);
  await view.log.connected();
  assert.deepEqual(seqs(view), range(71, 120));
});

test("a request that fails is tried again, later and later", async () => {
  const truth = createTruth();
  let failures = 3;
  const join = async (/** @type {number | undefined} */ after) => {
    if (failures-- > 0) throw new Error("timeout");
    return truth.join(after);
  };
  const view = follow(truth, { epoch: 1, seq: 0 }, { join });
  truth.say(2);
  const done = view.log.connected();
  await view.clock.advance(500 + 1_000 + 2_000);
  await done;
  assert.deepEqual(seqs(view), [1, 2]);
});

test("a permanent refusal is handed on and not asked again", async () => {
  const truth = createTruth();
  let asked = 0;
  const join = async () => { asked += 1; throw Object.assign(new Error(), { permanent: true, code: "not_found" }); };
  const view = follow(truth, { epoch: 1, seq: 0 }, { join });
  await view.log.connected();
  await view.clock.advance(120_000);
  assert.equal(asked, 1);
  assert.equal(view.refused?.code, "not_found");
});

test("a refusal for now waits as long as it says, and then joins: the server may not know us here any more", async () => {
  const truth = createTruth();
  let refusals = 1;
  const sync = async (/** @type {number} */ after) => {
    if (refusals-- > 0) throw { code: "not_allowed", message: "", permanent: false, retry_after: 20 };
    return truth.sync(after);
  };
  const view = follow(truth, { epoch: 1, seq: 0 }, { sync });
  await view.log.connected();
  truth.asked.length = 0;
  truth.say(2);
  view.log.heads(1, 2);
  await view.clock.advance(20_000);
  assert.deepEqual(truth.asked, []);
  await view.clock.advance(1_000);
  assert.deepEqual(truth.asked, [["join", 0]]);
  assert.deepEqual(seqs(view), [1, 2]);
});

test("what no push has told of is found by asking", async () => {
  const truth = createTruth();
  const view = follow(truth, { epoch: 1, seq: 0 });
  await view.log.connected();
  truth.say(3);
  await view.log.check();
  assert.deepEqual(seqs(view), [1, 2, 3]);
});

test("an answer that belongs to an earlier connection changes nothing", async () => {
  const truth = createTruth();
  /** @type {((page: Page) => void)[]} */
  const answers = [];
  const join = () => new Promise((resolve) => { answers.push(resolve); });
  const view = follow(truth, { epoch: 1, seq: 0 }, { join });
  truth.say(2);
  view.log.connected();
  await view.clock.settle();
  view.log.disconnected();
  view.log.connected();
  await view.clock.settle();
  answers[0]({ epoch: 9, head: 0, events: [], more: false });
  answers[1](truth.page(0));
  await view.clock.settle();
  assert.deepEqual(seqs(view), [1, 2]);
  assert.equal(view.resets, 0);
  assert.ok(view.log.isJoined);
});

test("events of an unknown kind move the cursor like any other", async () => {
  const truth = createTruth();
  const view = follow(truth, { epoch: 1, seq: 0 });
  await view.log.connected();
  view.log.push({ ...truth.say(), kind: "seen-in-a-later-version" });
  assert.equal(view.log.have, 1);
});

/** Pushes are lost, doubled and shuffled; answers are slow or fail; the line drops; now and then a backup is restored. @param {number} seed */
async function storm(seed) {
  const random = chance(seed);
  const truth = createTruth();
  const clock = createClock();
  const slow = (/** @type {() => Page} */ page) => /** @type {Promise<Page>} */ (new Promise((resolve, reject) => {
    const answer = page();
    const failure = random() < 0.5 ? new Error("lost") : { code: "too_many", message: "", permanent: false, retry_after: random() };
    clock.later(random() * 400, () => (random() < 0.2 ? reject(failure) : resolve(answer)));
  }));
  truth.say(Math.floor(random() * 300));
  const shown = Math.floor(random() * (truth.events.length + 1));
  const from = random() < 0.8 ? { epoch: 1, seq: shown } : undefined;
  const view = new View(truth, from, {
    join: (after) => slow(() => (after === undefined ? truth.newest() : truth.page(after))),
    sync: (after) => slow(() => truth.page(after)),
    random,
  }, clock);
  let connected = false;
  let line = 0;
  for (let turn = 0; turn < 120; turn += 1) {
    const dice = random();
    if (dice < 0.06) {
      line += 1;
      connected = !connected;
      if (connected) view.log.connected(); else view.log.disconnected();
    } else if (dice < 0.08) {
      truth.restore(Math.floor(random() * truth.events.length));
    } else if (dice < 0.1) {
      truth.say(Math.floor(random() * 450));
    } else if (dice < 0.2 && connected) {
      if (random() < 0.7) view.log.heads(truth.epoch, truth.events.length); else view.log.check();
    } else {
      const event = truth.say();
      const mine = line;
      const copies = random() < 0.25 ? 0 : random() < 0.3 ? 2 : 1;
      for (let copy = 0; copy < copies && connected; copy += 1) {
        clock.later(random() * 300, () => mine === line && view.log.push(event));
      }
    }
    await clock.advance(random() * 60);
  }
  if (!connected) view.log.connected();
  for (let beat = 0; beat < 12; beat += 1) {
    await clock.advance(20_000);
    view.log.heads(truth.epoch, truth.events.length);
  }
  await clock.advance(60_000);
  return { truth, view, from };
}

test("whatever the line does, what is shown ends equal to the truth, in order, once", async () => {
  for (let seed = 1; seed <= 150; seed += 1) {
    const { truth, view, from } = await storm(seed);
    const first = view.events[0]?.seq ?? truth.events.length + 1;
    if (from && !view.resets) assert.equal(first, from.seq + 1, `seed ${seed}: it goes on where the page ended`);
    assert.equal(view.log.have, truth.events.length, `seed ${seed}: the cursor is at the head`);
    assert.deepEqual(view.events.map((event) => event.cid), truth.events.slice(first - 1).map((event) => event.cid), `seed ${seed}`);
  }
});
