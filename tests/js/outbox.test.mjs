import assert from "node:assert/strict";
import { test } from "node:test";

import { createOutbox } from "../../static/js/lib/outbox.js";
import { memoryStore } from "../../static/js/lib/memory-store.js";
import { chance, createClock } from "./clock.mjs";

const FOR_NOW = { code: "too_many", message: "Take a breath.", permanent: false };
const FOR_GOOD = { code: "invalid", message: "That is not text.", permanent: true };

/**
 * @typedef {import("../../static/js/lib/outbox-store.js").Item} Item
 * @typedef {import("../../static/js/lib/outbox-store.js").Store} Store
 * @typedef {import("../../static/js/lib/outbox.js").Change} Change
 * @typedef {import("../../static/js/lib/outbox.js").OutboxWiring} OutboxWiring
 * @typedef {import("../../static/js/lib/requests.js").Ack} Ack
 * @typedef {import("../../static/js/lib/requests.js").Refusal} Refusal
 * @typedef {ReturnType<typeof createClock>} Clock
 */

/** Keeps the first answer to every cid, as the server does. `lose` decides what happens to an answer or a request. */
class Server {
  /** @type {Item[]} */
  log = [];
  /** @type {{at: number, cid: string, body: string, room: string}[]} */
  attempts = [];
  /** @type {Map<string, number>} */
  inFlight = new Map();
  most = 0;
  /** @type {(item: Item) => "request" | "answer" | null} */
  lose = () => null;
  /** @type {(item: Item) => Refusal | null} */
  refuse = () => null;

  /** @param {Clock} clock @param {number} [delay] */
  constructor(clock, delay = 50) {
    this.clock = clock;
    this.delay = delay;
  }

  /** @param {Item} item @returns {Promise<Ack>} */
  send(item) {
    this.attempts.push({ at: this.clock.now(), cid: item.cid, body: item.body, room: item.room });
    const flying = (this.inFlight.get(item.room) ?? 0) + 1;
    this.inFlight.set(item.room, flying);
    this.most = Math.max(this.most, flying);
    const lost = this.lose(item);
    return new Promise((resolve, reject) => {
      const land = (/** @type {() => void} */ settle) => { this.inFlight.set(item.room, (this.inFlight.get(item.room) ?? 0) - 1); settle(); };
      if (lost !== "request") this.clock.later(this.delay, () => {
        const error = this.refuse(item);
        if (!error && !this.log.some((known) => known.cid === item.cid)) this.log.push({ ...item });
        if (lost !== "answer") land(() => resolve(error ? { ok: false, error } : { ok: true, cid: item.cid, seq: 1, state: "sent" }));
      });
      if (lost) this.clock.later(8_000, () => land(() => reject(new Error("timeout"))));
    });
  }

  get bodies() { return this.log.map((item) => item.body); }
}

/** @param {{clock?: Clock, store?: Store, account?: string, server?: Server} & Partial<OutboxWiring>} [how] */
function setUp({ clock = createClock(), store = memoryStore(), account = "quiet-river-27", server = new Server(clock), ...more } = {}) {
  /** @type {Change[]} */
  const changes = [];
  let count = 0;
  const outbox = createOutbox({
    account, store, later: clock.later, random: () => 0.5, newCid: () => `${account}/${(count += 1)}`,
    send: (item) => server.send(item), onChange: (change) => changes.push(change), ...more,
  });
  const kinds = () => changes.map((change) => `${change.kind} ${change.item.body}`);
  return { clock, store, server, outbox, changes, kinds, account };
}

/** @type {() => Promise<Ack>} */
const never = () => new Promise(() => {});

test("what is put is kept before it is tried", async () => {
  const { outbox, store, server, clock, account } = setUp();
  /** @type {number[]} */
  const keptAtSend = [];
  server.lose = () => { store.list(account).then((items) => keptAtSend.push(items.length)); return null; };
  await outbox.put({ room: "evening", body: "one" });
  await clock.advance(100);
  assert.deepEqual(keptAtSend, [1]);
  assert.deepEqual(await store.list(account), []);
});

test("first in, first out, one in flight in each room", async () => {
  const { outbox, server, clock, kinds } = setUp();
  const bodies = ["one", "two", "three", "four"];
  for (const body of bodies) await outbox.put({ room: "evening", body: body });
  await outbox.put({ room: "morning", body: "elsewhere" });
  await clock.advance(10);
  assert.deepEqual(server.attempts.map((attempt) => attempt.body), ["one", "elsewhere"], "rooms do not wait for each other");
  await clock.advance(1_000);
  assert.deepEqual(server.bodies.filter((body) => body !== "elsewhere"), bodies);
  assert.equal(server.most, 1);
  assert.equal(kinds().filter((kind) => kind.startsWith("sent")).length, 5);
});

test("no answer: the same cid goes again, and the next waits for it", async () => {
  const { outbox, server, clock } = setUp();
  let tries = 0;
  server.lose = (item) => (item.body === "one" && ++tries <= 2 ? "request" : null);
  await outbox.put({ room: "evening", body: "one" });
  await outbox.put({ room: "evening", body: "two" });
  await clock.advance(60_000);
  assert.deepEqual(server.bodies, ["one", "two"]);
  assert.deepEqual(server.attempts.map((attempt) => attempt.body), ["one", "one", "one", "two"]);
  assert.equal(new Set(server.attempts.slice(0, 3).map((attempt) => attempt.cid)).size, 1);
});

test("a lost answer says nothing twice", async () => {
  const { outbox, server, clock, store, account } = setUp();
  let tries = 0;
  server.lose = () => (++tries <= 3 ? "answer" : null);
  await outbox.put({ room: "evening", body: "one" });
  await clock.advance(120_000);
  assert.deepEqual(server.bodies, ["one"]);
  assert.equal(server.attempts.length, 4);
  assert.deepEqual(await store.list(account), []);
});

test("tries are spaced by full jitter up to thirty seconds", async () => {
  const { outbox, server, clock } = setUp();
  server.refuse = () => FOR_NOW;
  await outbox.put({ room: "evening", body: "one" });
  await clock.advance(120_000);
  const gaps = server.attempts.slice(1).map((attempt, i) => attempt.at - server.attempts[i].at - 50);
  assert.deepEqual(gaps.slice(0, 8), [500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000, 15_000]);
});

test("a limit's own waiting time is kept", async () => {
  const { outbox, server, clock } = setUp();
  server.refuse = () => (server.attempts.length === 1 ? { ...FOR_NOW, retry_after: 20 } : null);
  await outbox.put({ room: "evening", body: "one" });
  await clock.advance(20_000);
  outbox.nudge();
  await clock.settle();
  assert.equal(server.attempts.length, 1, "a nudge does not end what the server asked for");
  await clock.advance(1_000);
  assert.deepEqual(server.bodies, ["one"]);
});

test("what is tried again says whether the server was there", async () => {
  const { outbox, server, clock, changes } = setUp();
  server.lose = () => (server.attempts.length === 1 ? "request" : null);
  server.refuse = () => (server.attempts.length === 2 ? FOR_NOW : null);
  await outbox.put({ room: "evening", body: "one" });
  await clock.advance(60_000);
  const retries = changes.flatMap((change) => (change.kind === "retrying" ? [change.isAnswered] : []));
  assert.deepEqual(retries, [false, true]);
});

test("a nudge tries at once", async () => {
  const { outbox, server, clock } = setUp({ random: () => 1 });
  server.refuse = () => (server.attempts.length < 6 ? FOR_NOW : null);
  await outbox.put({ room: "evening", body: "one" });
  await clock.advance(20_000);
  const before = server.attempts.length;
  outbox.nudge();
  await clock.settle();
  assert.equal(server.attempts.length, before + 1);
});

test("what is put while the last round ends is sent too", async () => {
  const inner = memoryStore();
  /** @type {(() => Promise<unknown>) | null} */
  let late = null;
  const store = { ...inner, async list(/** @type {string} */ account) {
    const items = await inner.list(account);
    if (!items.length && late) { const put = late; late = null; await put(); }
    return items;
  } };
  const { outbox, server, clock } = setUp({ store });
  late = () => outbox.put({ room: "evening", body: "two" });
  await outbox.put({ room: "evening", body: "one" });
  await clock.advance(1_000);
  assert.deepEqual(server.bodies, ["one", "two"]);
});

test("a permanent refusal is not tried again, is handed back once, and the next goes on", async () => {
  const { outbox, server, clock, changes, store, account } = setUp();
  server.refuse = (item) => (item.body === "bad" ? FOR_GOOD : null);
  await outbox.put({ room: "evening", body: "bad" });
  await outbox.put({ room: "evening", body: "good" });
  await clock.advance(60_000);
  assert.deepEqual(server.attempts.map((attempt) => attempt.body), ["bad", "good"]);
  const refused = changes.filter((change) => change.kind === "refused")[0].item;
  assert.deepEqual(refused.refusal, FOR_GOOD);
  assert.equal((await store.list(account)).length, 1, "the words are kept until somebody has them");
  assert.deepEqual([await outbox.takeBack(refused), await outbox.takeBack(refused)], [true, false]);
  assert.deepEqual(await store.list(account), []);
});

test("closing the page between keeping and sending loses nothing", async () => {
  const first = setUp({ send: never });
  await first.outbox.put({ room: "evening", body: "one" });
  await first.outbox.put({ room: "evening", body: "two" });
  await first.clock.advance(1_000);

  const second = setUp({ store: first.store });
  await second.outbox.resume();
  assert.deepEqual(second.kinds(), ["waiting one", "waiting two"]);
  await second.clock.advance(1_000);
  assert.deepEqual(second.server.bodies, ["one", "two"]);
});

test("a refusal that nobody took is handed back when the page is opened again", async () => {
  const first = setUp();
  first.server.refuse = () => FOR_GOOD;
  await first.outbox.put({ room: "evening", body: "one" });
  await first.clock.advance(1_000);
  const second = setUp({ store: first.store });
  await second.outbox.resume();
  await second.clock.advance(1_000);
  assert.deepEqual(second.kinds(), ["refused one"]);
  assert.equal(second.server.attempts.length, 0);
});

test("another member on the same device neither sees nor sends them", async () => {
  const mine = setUp({ send: never });
  await mine.outbox.put({ room: "evening", body: "for my name only" });
  const theirs = setUp({ store: mine.store, account: "slow-tide-41" });
  await theirs.outbox.resume();
  await theirs.outbox.put({ room: "evening", body: "hello" });
  await theirs.clock.advance(60_000);
  assert.deepEqual(theirs.server.bodies, ["hello"]);
  assert.equal((await mine.store.list("quiet-river-27")).length, 1);
});

test("after a stop nothing leaves the page, and what waits stays", async () => {
  const { outbox, server, clock, store, account, kinds } = setUp();
  server.refuse = () => FOR_NOW;
  await outbox.put({ room: "evening", body: "one" });
  await clock.advance(10);
  await outbox.stop();
  await outbox.put({ room: "evening", body: "two" });
  await clock.advance(120_000);
  assert.equal(server.attempts.length, 1);
  assert.equal((await store.list(account)).length, 2);
  assert.deepEqual(kinds(), ["waiting one", "stopped one", "stopped two"]);
});

test("two tabs at once, without any turns: order holds all the same", async () => {
  const clock = createClock();
  const shared = { clock, store: memoryStore(), server: new Server(clock) };
  const [left, right] = [setUp({ ...shared, newCid: undefined }), setUp({ ...shared, newCid: undefined })];
  const bodies = [];
  for (let i = 0; i < 10; i += 1) {
    bodies.push(`message ${i}`);
    await (i % 2 ? left : right).outbox.put({ room: "evening", body: `message ${i}` });
  }
  await clock.advance(5_000);
  assert.deepEqual(shared.server.bodies, bodies);
});

test("a turn that is taken away ends with what is in flight, and the words wait for another", async () => {
  let isMine = true;
  /** @type {import("../../static/js/lib/turns.js").TakeTurn} */
  const turns = async (_name, work) => { if (isMine) await work(() => isMine); else await never(); };
  const { outbox, server, clock, store, account } = setUp({ turns });
  await outbox.put({ room: "evening", body: "one" });
  await outbox.put({ room: "evening", body: "two" });
  await clock.advance(10);
  isMine = false;
  await clock.advance(60_000);
  assert.deepEqual(server.bodies, ["one"]);
  assert.deepEqual((await store.list(account)).map((item) => item.body), ["two"]);
});

test("a store that lets nothing go does not make it say things twice", async () => {
  const inner = memoryStore();
  const broken = async () => { throw new Error("UnknownError"); };
  const { outbox, server, clock, kinds } = setUp({ store: { ...inner, remove: broken, replace: broken } });
  server.refuse = (item) => (item.body === "bad" ? FOR_GOOD : null);
  for (const body of ["one", "bad", "two"]) await outbox.put({ room: "evening", body });
  await clock.advance(60_000);
  assert.deepEqual(server.attempts.map((attempt) => attempt.body), ["one", "bad", "two"]);
  assert.deepEqual(kinds().filter((kind) => !kind.startsWith("waiting")), ["sent one", "refused bad", "sent two"]);
});

/** A store that does not tell what it holds, so many times. @param {number} silences @param {Store} inner @returns {Store} */
const silent = (silences, inner) => ({
  ...inner,
  async list(account) {
    if (silences-- > 0) throw new Error("UnknownError");
    return inner.list(account);
  },
});

test("a store that does not tell is not empty: what waits there is shown and sent once it does", async () => {
  const first = setUp({ send: never });
  await first.outbox.put({ room: "evening", body: "one" });
  const { outbox, server, clock, kinds } = setUp({ store: silent(3, first.store) });
  await outbox.resume();
  assert.deepEqual(kinds(), []);
  await clock.advance(60_000);
  assert.deepEqual(kinds(), ["waiting one", "sent one"]);
  assert.deepEqual(server.bodies, ["one"]);
  assert.equal(clock.waiting, 0);
});

test("a store that falls silent after the words were put there is asked again", async () => {
  const { outbox, server, clock } = setUp({ store: silent(2, memoryStore()) });
  await outbox.put({ room: "evening", body: "one" });
  await clock.advance(60_000);
  assert.deepEqual(server.bodies, ["one"]);
});

test("a silent store is not asked after a stop", async () => {
  const { outbox, server, clock } = setUp({ store: silent(1, memoryStore()) });
  await outbox.put({ room: "evening", body: "one" });
  await outbox.stop();
  await clock.advance(60_000);
  assert.deepEqual(server.attempts, []);
});

test("whatever is lost and whenever the page is closed, everything arrives once and in order", async () => {
  for (let seed = 1; seed <= 100; seed += 1) {
    const random = chance(seed);
    const clock = createClock();
    const store = memoryStore();
    const server = new Server(clock, 20);
    server.lose = () => (random() < 0.15 ? "request" : random() < 0.15 ? "answer" : null);
    server.refuse = () => (random() < 0.1 ? FOR_NOW : null);
    const open = () => createOutbox({ account: "a", store, later: clock.later, random, send: (item) => server.send(item), onChange: () => {} });
    let outbox = open();
    /** @type {string[]} */
    const said = [];
    for (let i = 0; i < 25; i += 1) {
      const body = `message ${i}`;
      said.push(body);
      await outbox.put({ room: "evening", body });
      await clock.advance(random() * 3_000);
      if (random() < 0.1) {
        outbox.stop(); // as a closed page does; what was in flight may still land
        outbox = open();
        await outbox.resume();
      }
    }
    await clock.advance(3_600_000);
    assert.deepEqual(server.bodies, said, `seed ${seed}`);
    assert.deepEqual(await store.list("a"), [], `seed ${seed}`);
  }
});
