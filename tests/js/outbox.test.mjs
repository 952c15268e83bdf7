import assert from "node:assert/strict";
import { test } from "node:test";

import { createOutbox } from "../../static/js/lib/outbox.js";
import { memoryStore, storeWithSpare } from "../../static/js/lib/outbox-store.js";
import { chance, createClock } from "./clock.mjs";

const FOR_NOW = { code: "too_many", message: "Take a breath.", permanent: false };
const FOR_GOOD = { code: "invalid", message: "That is not text.", permanent: true };

/** Keeps the first answer to every cid, as the server does. `lose` decides what happens to an answer or a request. */
function createServer({ clock, delay = 50 }) {
  const server = {
    log: [],
    attempts: [],
    inFlight: new Map(),
    most: 0,
    lose: () => null,
    refuse: () => null,
    send(item) {
      server.attempts.push({ at: clock.now(), cid: item.cid, body: item.body, room: item.room });
      const flying = (server.inFlight.get(item.room) ?? 0) + 1;
      server.inFlight.set(item.room, flying);
      server.most = Math.max(server.most, flying);
      const lost = server.lose(item);
      return new Promise((resolve, reject) => {
        const land = (settle) => { server.inFlight.set(item.room, server.inFlight.get(item.room) - 1); settle(); };
        if (lost !== "request") clock.later(delay, () => {
          const error = server.refuse(item);
          if (!error && !server.log.some((known) => known.cid === item.cid)) server.log.push({ ...item });
          if (lost !== "answer") land(() => resolve(error ? { ok: false, error } : { ok: true, cid: item.cid, seq: 1, state: "sent" }));
        });
        if (lost) clock.later(8_000, () => land(() => reject(new Error("timeout"))));
      });
    },
    get bodies() { return server.log.map((item) => item.body); },
  };
  return server;
}

/** Web Locks, as several tabs of one browser share them. */
function createLocks() {
  const tails = new Map();
  return {
    request(name, work) {
      const turn = (tails.get(name) ?? Promise.resolve()).then(work);
      tails.set(name, turn.catch(() => {}));
      return turn;
    },
  };
}

function setUp({ clock = createClock(), store = memoryStore(), account = "quiet-river-27", server = createServer({ clock }), ...more } = {}) {
  const changes = [];
  let count = 0;
  const outbox = createOutbox({
    account, store, later: clock.later, random: () => 0.5, newCid: () => `${account}/${(count += 1)}`,
    send: (item) => server.send(item), onChange: (change) => changes.push(change), ...more,
  });
  const kinds = () => changes.map((change) => `${change.kind} ${change.item.body}`);
  return { clock, store, server, outbox, changes, kinds, account };
}

test("what is put is kept before it is tried", async () => {
  const { outbox, store, server, clock, account } = setUp();
  const keptAtSend = [];
  server.refuse = () => null;
  const send = server.send;
  server.send = (item) => { store.list(account).then((items) => keptAtSend.push(items.length)); return send(item); };
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
  assert.equal(server.attempts.length, 1);
  await clock.advance(1_000);
  assert.deepEqual(server.bodies, ["one"]);
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
  let late = null;
  const store = { ...inner, async list(account) {
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
  const refused = changes.find((change) => change.kind === "refused").item;
  assert.deepEqual(refused.refusal, FOR_GOOD);
  assert.equal((await store.list(account)).length, 1, "the words are kept until somebody has them");
  assert.deepEqual([await outbox.takeBack(refused), await outbox.takeBack(refused)], [true, false]);
  assert.deepEqual(await store.list(account), []);
});

test("closing the page between keeping and sending loses nothing", async () => {
  const first = setUp({ send: () => new Promise(() => {}) });
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
  const mine = setUp({ send: () => new Promise(() => {}) });
  await mine.outbox.put({ room: "evening", body: "for my name only" });
  const theirs = setUp({ store: mine.store, account: "slow-tide-41" });
  await theirs.outbox.resume();
  await theirs.outbox.put({ room: "evening", body: "hello" });
  await theirs.clock.advance(60_000);
  assert.deepEqual(theirs.server.bodies, ["hello"]);
  assert.equal((await mine.store.list("quiet-river-27")).length, 1);
});

test("after a stop nothing leaves the page, and what waits stays", async () => {
  const { outbox, server, clock, store, account } = setUp();
  server.refuse = () => FOR_NOW;
  await outbox.put({ room: "evening", body: "one" });
  await clock.advance(10);
  outbox.stop();
  await outbox.put({ room: "evening", body: "two" });
  await clock.advance(120_000);
  assert.equal(server.attempts.length, 1);
  assert.equal((await store.list(account)).length, 2);
});

test("two tabs take turns: order holds and each item goes once", async () => {
  const clock = createClock();
  const shared = { clock, store: memoryStore(), server: createServer({ clock }), locks: createLocks() };
  const [left, right] = [setUp({ ...shared, newCid: undefined }), setUp({ ...shared, newCid: undefined })];
  const bodies = [];
  for (let i = 0; i < 10; i += 1) {
    bodies.push(`message ${i}`);
    await (i % 2 ? left : right).outbox.put({ room: "evening", body: `message ${i}` });
  }
  await clock.advance(5_000);
  assert.deepEqual(shared.server.bodies, bodies);
  assert.equal(shared.server.attempts.length, 10);
  assert.equal(shared.server.most, 1);
});

test("when the durable store fails, sending goes on from memory", async () => {
  const durable = memoryStore();
  durable.add = async () => { throw new Error("QuotaExceededError"); };
  const { outbox, server, clock, store, account } = setUp({ store: storeWithSpare(durable) });
  await outbox.put({ room: "evening", body: "one" });
  await outbox.put({ room: "evening", body: "two" });
  await clock.advance(1_000);
  assert.deepEqual(server.bodies, ["one", "two"]);
  assert.deepEqual(await store.list(account), []);
});

test("whatever is lost and whenever the page is closed, everything arrives once and in order", async () => {
  for (let seed = 1; seed <= 100; seed += 1) {
    const random = chance(seed);
    const clock = createClock();
    const store = memoryStore();
    const server = createServer({ clock, delay: 20 });
    server.lose = () => (random() < 0.15 ? "request" : random() < 0.15 ? "answer" : null);
    server.refuse = () => (random() < 0.1 ? FOR_NOW : null);
    const open = () => createOutbox({ account: "a", store, later: clock.later, random, send: (item) => server.send(item), onChange: () => {} });
    let outbox = open();
    const said = [];
    for (let i = 0; i < 25; i += 1) {
      said.push(`message ${i}`);
      await outbox.put({ room: "evening", body: said.at(-1) });
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
