import assert from "node:assert/strict";
import { test } from "node:test";

import { createDraft } from "../../static/js/rooms/draft.js";
import { layOut } from "../../static/js/rooms/layout.js";
import { presenceWords } from "../../static/js/rooms/presence.js";
import { createTyping } from "../../static/js/rooms/typing.js";
import { createReadMark } from "../../static/js/rooms/unread.js";
import { createWaiting } from "../../static/js/rooms/waiting.js";
import { chance, createClock } from "./clock.mjs";

/** @param {string} time */
const at = (time) => new Date(`2025-11-18T${time}`);

test("messages of one person within five minutes are one breath", () => {
  const before = { author: "north", at: at("18:41:00") };
  assert.deepEqual(layOut(before, { author: "north", at: at("18:45:59") }), { newDay: false, continues: true });
  assert.deepEqual(layOut(before, { author: "north", at: at("18:46:00") }), { newDay: false, continues: false });
  assert.deepEqual(layOut(before, { author: "heron", at: at("18:41:01") }), { newDay: false, continues: false });
});

test("a day begins with the first message and at the reader's own midnight", () => {
  const late = { author: "north", at: at("23:59:00") };
  assert.deepEqual(layOut(null, late), { newDay: true, continues: false });
  const next = new Date(late.at.getTime() + 120_000);
  assert.deepEqual(layOut(late, { author: "north", at: next }), { newDay: true, continues: false });
});

function watchWaiting() {
  /** @type {Map<string, string>} */
  const rows = new Map();
  const waiting = createWaiting({
    show: (item, state) => { assert.ok(!rows.has(item.cid), "shown once"); rows.set(item.cid, state); },
    mark: (cid, state) => rows.set(cid, state),
    hide: (cid) => rows.delete(cid),
  });
  return { rows, waiting };
}

const item = { room: "evening", account: "a", cid: "c1", body: "one" };
/** @type {import("../../static/js/lib/requests.js").Ack & {ok: true}} */
const ack = { ok: true, cid: "c1", id: "i", seq: 1, state: "sent" };

test("one's own message is replaced by the room's once, whichever comes first", () => {
  for (const order of [["sent", "event"], ["event", "sent"], ["event", "retrying", "event", "sent"], ["retrying", "sent", "sent", "event"]]) {
    const { rows, waiting } = watchWaiting();
    waiting.take({ kind: "waiting", item });
    assert.deepEqual([...rows], [["c1", "waiting"]]);
    for (const step of order) {
      if (step === "event") waiting.arrived("c1");
      else if (step === "sent") waiting.take({ kind: "sent", item, ack });
      else waiting.take({ kind: "retrying", item, isAnswered: false });
    }
    assert.deepEqual([...rows], [], order.join());
    assert.equal(waiting.count, 0);
  }
});

test("what the page already shows is not shown as waiting", () => {
  const { rows, waiting } = watchWaiting();
  waiting.arrived("c1");
  waiting.take({ kind: "waiting", item });
  assert.equal(rows.size, 0);
});

test("a message that is held for review stays until the room has it", () => {
  const { rows, waiting } = watchWaiting();
  waiting.take({ kind: "waiting", item });
  waiting.take({ kind: "sent", item, ack: { ...ack, state: "held" } });
  assert.deepEqual([...rows], [["c1", "held"]]);
  assert.equal(waiting.count, 0);
});

test("what stands behind one that cannot go is shown as waiting too, and a refused one goes", () => {
  const { rows, waiting } = watchWaiting();
  const second = { ...item, cid: "c2" };
  waiting.take({ kind: "waiting", item });
  waiting.take({ kind: "waiting", item: second });
  assert.equal(waiting.isSlow, false);
  waiting.take({ kind: "retrying", item, isAnswered: false });
  assert.deepEqual([...rows], [["c1", "retrying"], ["c2", "retrying"]]);
  assert.deepEqual([waiting.count, waiting.isSlow], [2, true]);
  waiting.take({ kind: "retrying", item, isAnswered: true });
  assert.deepEqual([...rows], [["c1", "later"], ["c2", "later"]], "the server is there: it is not the connection");
  waiting.take({ kind: "refused", item });
  assert.deepEqual([...rows], [["c1", "refused"], ["c2", "later"]]);
  assert.equal(waiting.count, 1);
  waiting.take({ kind: "gone", item });
  assert.deepEqual([...rows.keys()], ["c2"]);
});

test("what would be gone with the page is told as long as it waits", () => {
  const { waiting } = watchWaiting();
  waiting.take({ kind: "waiting", item: { ...item, n: 4 } });
  assert.equal(waiting.isUnkept, false);
  waiting.take({ kind: "waiting", item: { ...item, cid: "c2", n: -1 } });
  assert.equal(waiting.isUnkept, true);
  waiting.take({ kind: "sent", item: { ...item, cid: "c2", n: -1 }, ack });
  assert.equal(waiting.isUnkept, false);
});

test("marks of reading go forward, only while somebody looks, at most every two seconds", async () => {
  const clock = createClock();
  /** @type {[number, number][]} */
  const told = [];
  let online = true;
  const mark = createReadMark((seq) => online && Boolean(told.push([clock.now(), seq])), 10, clock.later);
  mark.read(9, true);
  mark.read(11, false);
  for (let seq = 11; seq <= 15; seq += 1) mark.read(seq, true);
  await clock.advance(5_000);
  mark.read(12, true);
  await clock.advance(5_000);
  assert.deepEqual(told, [[0, 11], [2_000, 15]]);
  online = false;
  mark.read(16, true);
  await clock.advance(5_000);
  online = true;
  mark.read(16, true);
  assert.deepEqual(told.at(-1), [15_000, 16], "what did not leave is told again");
});

test("a mark whose answer is lost is told again", async () => {
  const clock = createClock();
  /** @type {number[]} */
  const told = [];
  const mark = createReadMark(async (seq) => { told.push(seq); return told.length > 1; }, 0, clock.later);
  for (let look = 0; look < 3; look += 1) {
    mark.read(7, true);
    await clock.advance(5_000);
  }
  assert.deepEqual(told, [7, 7]);
});

test("marks only go forward whatever is read", async () => {
  const random = chance(7);
  const clock = createClock();
  /** @type {{at: number, seq: number}[]} */
  const told = [];
  const mark = createReadMark((seq) => Boolean(told.push({ at: clock.now(), seq })), 0, clock.later);
  for (let step = 0; step < 500; step += 1) {
    mark.read(Math.floor(random() * 1_000), random() < 0.7);
    await clock.advance(random() * 500);
  }
  told.reduce((before, next) => {
    assert.ok(next.seq > before.seq && next.at - before.at >= 2_000);
    return next;
  });
});

test("typing is told at most every four seconds, shown for eight, and gone with the message", async () => {
  const clock = createClock();
  /** @type {number[]} */
  const told = [];
  /** @type {string[]} */
  const shown = [];
  const typing = createTyping({ tell: () => told.push(clock.now()), show: (names) => shown.push(names.join()), later: clock.later, now: clock.now });
  for (let key = 0; key < 10; key += 1) {
    typing.typed();
    await clock.advance(1_000);
  }
  assert.deepEqual(told, [0, 4_000, 8_000]);
  typing.heard("north");
  await clock.advance(5_000);
  typing.heard("north");
  typing.heard("heron");
  await clock.advance(7_900);
  assert.deepEqual(shown.at(-1), "north,heron");
  typing.spoke("heron");
  assert.deepEqual(shown.at(-1), "north");
  await clock.advance(200);
  assert.deepEqual(shown.at(-1), "");
});

test("presence names one other, two, or one and how many more; never oneself", () => {
  /** @type {import("../../static/js/lib/words.js").Words} */
  const words = { has: () => true, say: (key, values) => `${key} ${JSON.stringify(values)}`, show: () => assert.fail() };
  /** @type {(count: number, ...names: string[]) => string} */
  const said = (count, ...names) => presenceWords({ count, names }, "me", words);
  assert.deepEqual([said(0), said(1, "me")], ["", ""]);
  assert.equal(said(1, "north"), 'here.alone {"a":"north"}');
  assert.equal(said(3, "heron", "me", "north"), 'here.pair {"a":"heron","b":"north"}');
  assert.equal(said(60, "heron", "me", "north"), 'here.more {"a":"heron","n":58}');
});

/** Web Storage: what is kept are the object's own names. */
function createStorage() {
  const methods = {
    getItem(/** @type {string} */ key) { return Object.hasOwn(storage, key) ? storage[key] : null; },
    setItem(/** @type {string} */ key, /** @type {string} */ value) { storage[key] = value; },
    removeItem(/** @type {string} */ key) { delete storage[key]; },
  };
  /** @type {Storage} */
  const storage = Object.create(methods);
  return storage;
}

test("what is being written is kept for its writer and its room, and for nobody else", () => {
  const storage = createStorage();
  const draft = createDraft("north", "evening", () => storage);
  draft.keep({ body: "half a sen", content_note: "a hard day" });
  assert.deepEqual(createDraft("north", "evening", () => storage).read(), { body: "half a sen", content_note: "a hard day" });
  assert.deepEqual(createDraft("north", "morning", () => storage).read(), { body: "" });
  draft.keep({ body: "" });
  assert.deepEqual(Object.keys(storage), []);
  draft.keep({ body: "north only" });
  storage.setItem("something else", "1");
  assert.deepEqual(createDraft("heron", "evening", () => storage).read(), { body: "" });
  assert.deepEqual(Object.keys(storage), ["something else"], "the next one at this device finds nothing");
  const closed = createDraft("north", "evening", () => { throw new Error("SecurityError"); });
  closed.keep({ body: "words" });
  assert.deepEqual(closed.read(), { body: "" });
});
