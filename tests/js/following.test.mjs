import assert from "node:assert/strict";
import { test } from "node:test";

import { createConnection } from "../../static/js/lib/connection.js";
import { Unanswered } from "../../static/js/lib/requests.js";
import { createFollowing } from "../../static/js/rooms/following.js";
import { createSender } from "../../static/js/rooms/sending.js";
import { createClock } from "./clock.mjs";
import { createNetwork, createWire } from "./wire.mjs";

/** @typedef {import("../../static/js/lib/requests.js").Ack} Ack */

/** A page in a room whose socket and whose plain requests are played by the test. */
function setUp({ wasBlocked = false, isVisible = true } = {}) {
  const clock = createClock();
  const wire = createWire();
  const network = createNetwork();
  const line = createConnection(wire, { network, later: clock.later, now: clock.now, random: () => 0.5 });
  const page = { isVisible, wasBlocked };
  const server = {
    /** @type {{seq: number, room: string, epoch: number, kind: string}[]} */
    events: [],
    /** @type {() => Ack | null} null: what the room has */
    refuse: () => null,
    isAway: false,
    /** @type {{at: number, path: string, payload?: any}[]} */
    asked: [],
    say() {
      const event = { room: "evening", epoch: 1, seq: server.events.length + 1, kind: "message" };
      server.events.push(event);
      return event;
    },
    /** @param {number} after */
    page: (after) => ({ ok: /** @type {const} */ (true), epoch: 1, head: server.events.length, events: server.events.slice(after), more: false }),
  };
  /** @type {import("../../static/js/lib/api.js").Api} */
  const api = {
    async get(path) {
      server.asked.push({ at: clock.now(), path });
      if (server.isAway) throw new Unanswered("Failed to fetch");
      return server.refuse() ?? server.page(Number(path.split("after=")[1]));
    },
    async post(path, payload) {
      server.asked.push({ at: clock.now(), path, payload });
      if (server.isAway) throw new Unanswered("Failed to fetch");
      return server.refuse() ?? { ok: true, seq: 1, state: "sent", .../** @type {any} */ (payload) };
    },
  };
  /** @type {number[]} */
  const seen = [];
  const following = createFollowing({
    room: "evening", line, api,
    from: { epoch: "1", seq: 0 },
    reader: { onEvents: (events) => seen.push(...events.map((event) => event.seq)), onReset: () => { seen.length = 0; } },
    onJoined: () => {},
    onChange: () => {},
    memory: { wasBlocked: () => page.wasBlocked, note: (isBlocked) => { page.wasBlocked = isBlocked; } },
    isVisible: () => page.isVisible,
    later: clock.later,
    random: () => 0.5,
  });
  const send = createSender({ connection: line, api, room: "evening", following });
  line.open();
  following.follow();

  /** No WebSocket gets through. @param {number} ms */
  async function blocked(ms) {
    for (const end = clock.now() + ms; clock.now() < end; await clock.advance(100)) {
      if (wire.connects > refused) { refused += 1; wire.hear("connect_error", new Error("websocket error")); }
    }
  }
  let refused = 0;

  /** The socket is there, and so is the room. */
  async function connect() {
    wire.hear("connect");
    await clock.settle();
    const join = wire.sent[wire.sent.length - 1];
    assert.equal(join.event, "room:join");
    join.ack(server.page(join.payload.after ?? 0));
    await clock.settle();
  }
  return { clock, wire, network, line, page, server, seen, following, send, blocked, connect };
}

const item = { room: "evening", account: "a", cid: "c1", body: "one", n: 3 };

test("where sockets are blocked the room is read by asking, every few seconds", async () => {
  const { blocked, server, seen, following, clock } = setUp();
  server.say();
  await blocked(9_900);
  assert.deepEqual(server.asked, [], "a short gap is no reason");
  await blocked(600);
  assert.deepEqual(seen, [1]);
  assert.ok(following.isPolling && !following.isJoined);
  server.say();
  await blocked(5_000);
  assert.deepEqual(seen, [1, 2]);
  await blocked(60_000);
  const pauses = server.asked.slice(2).map(({ at }, n) => at - server.asked[n + 1].at);
  assert.ok(pauses.every((pause) => pause >= 2_000 && pause <= 5_000), String(pauses));
  assert.ok(clock.waiting < 6);
});

test("a page out of sight asks seldom, and at once when it is looked at", async () => {
  const { blocked, server, seen, following, page } = setUp({ isVisible: false });
  await blocked(12_000);
  server.asked.length = 0;
  await blocked(90_000);
  assert.ok(server.asked.length >= 1 && server.asked.length <= 3, String(server.asked.length));
  server.say();
  page.isVisible = true;
  following.hurry();
  await blocked(100);
  assert.deepEqual(seen, [1]);
});

test("the next page of a blocked tab does not wait, and one with a socket forgets it", async () => {
  const { blocked, following, page, connect } = setUp({ wasBlocked: true });
  await blocked(2_100);
  assert.ok(following.isPolling);
  await connect();
  assert.equal(page.wasBlocked, false);
});

test("where the server lets no socket in for good, the room is read by asking, soon, and what is said goes out", async () => {
  const { clock, wire, server, seen, following, send } = setUp();
  server.say();
  wire.refuse("origin", { permanent: true });
  await clock.advance(2_100);
  assert.deepEqual(seen, [1]);
  assert.ok(following.isPolling);
  assert.equal((await send(item)).ok, true);
  await clock.advance(60_000);
  assert.equal(wire.connects, 1);
});

test("when the socket works it takes over where asking ended, and the asking ends", async () => {
  const { blocked, server, seen, connect, wire, clock, following } = setUp();
  server.say();
  await blocked(11_000);
  server.say();
  await connect();
  assert.deepEqual(seen, [1, 2]);
  assert.ok(following.isJoined);
  assert.deepEqual(wire.sent[0].payload, { room: "evening", after: 1 });
  const asked = server.asked.length;
  wire.hear("room:event", server.say());
  await clock.advance(20_000);
  assert.deepEqual(seen, [1, 2, 3]);
  assert.equal(server.asked.length, asked);
});

test("a server that is away is asked less and less", async () => {
  const { blocked, server } = setUp();
  server.isAway = true;
  await blocked(120_000);
  assert.ok(server.asked.length < 16, String(server.asked.length));
  assert.ok(server.asked.length > 4);
});

test("a socket that lets in and never answers is none: asking goes on beside it", async () => {
  const { clock, wire, server, seen, following } = setUp();
  server.say();
  let connects = 0;
  for (let second = 0; second < 60; second += 1) {
    if (wire.connects > connects) { connects = wire.connects; wire.hear("connect"); }
    await clock.advance(1_000);
  }
  assert.deepEqual(seen, [1]);
  assert.ok(following.way !== "none" || server.asked.length > 2);
});

test("a room that is shut is not asked for again, an ended session ends it all", async () => {
  const { blocked, server, following } = setUp();
  server.refuse = () => ({ ok: false, error: { code: "not_found", message: "", permanent: true } });
  await blocked(60_000);
  assert.ok(following.isShut);
  assert.equal(server.asked.length, 1);

  const other = setUp();
  other.server.refuse = () => ({ ok: false, error: { code: "sign_in", message: "", permanent: true } });
  await other.blocked(60_000);
  assert.equal(other.line.state, "signed-out");
  assert.equal(other.server.asked.length, 1);
});

test("nobody falls back during a drain", async () => {
  const { connect, wire, clock, server, line } = setUp();
  await connect();
  wire.hear("drain", { reconnect_in: 14 });
  wire.hear("disconnect", "io server disconnect");
  await clock.advance(13_900);
  assert.equal(line.state, "pausing");
  assert.deepEqual(server.asked, []);
  await clock.advance(200);
  await connect();
  assert.equal(line.state, "online");
});

test("what is said goes over the socket of its room, and over plain HTTP for other rooms", async () => {
  const { connect, wire, send, server } = setUp();
  await assert.rejects(send(item), /not in the room/);
  await connect();
  const answered = send({ ...item, content_note: "a hard day" });
  const { event, payload, ack } = wire.sent[wire.sent.length - 1];
  assert.equal(event, "message:send");
  assert.deepEqual(payload, { room: "evening", cid: "c1", body: "one", content_note: "a hard day" });
  ack({ ok: true, cid: "c1", seq: 1, state: "sent" });
  assert.equal((await answered).ok, true);
  assert.equal((await send({ ...item, room: "a morning" })).ok, true);
  assert.deepEqual(server.asked.map(({ path, payload }) => [path, payload]), [["/api/v1/rooms/a%20morning/messages", { cid: "c1", body: "one" }]]);
});

test("without a line what is said goes by HTTP after five seconds, at once in a drain", async () => {
  const { blocked, send, server } = setUp();
  await blocked(4_900);
  await assert.rejects(send(item), Unanswered);
  await blocked(200);
  assert.equal((await send(item)).ok, true);
  assert.equal(server.asked.length, 1);

  const other = setUp();
  await other.connect();
  other.wire.hear("drain", { reconnect_in: 14 });
  other.wire.hear("disconnect", "io server disconnect");
  assert.equal((await other.send(item)).ok, true);
});

test("a socket that looks well and is dead: the same words go by HTTP, and there is another socket", async () => {
  const { connect, clock, wire, send, server } = setUp();
  await connect();
  const answered = send(item);
  await clock.advance(8_000);
  assert.equal((await answered).ok, true);
  assert.deepEqual(server.asked.map(({ payload }) => payload.cid), ["c1"]);
  await clock.advance(1_000);
  assert.equal(wire.connects, 2);
});

test("an answer that is not about these words is none", async () => {
  const { blocked, send, server } = setUp();
  server.refuse = () => ({ ok: true, cid: "another" });
  await blocked(6_000);
  await assert.rejects(send(item), Unanswered);
});

test("in a room that is shut, what waits gets its refusal instead of waiting for ever", async () => {
  const { wire, clock, send, server } = setUp();
  const refusal = { code: "not_allowed", message: "Join this room to read it.", permanent: true };
  wire.hear("connect");
  await clock.settle();
  wire.sent[0].ack({ ok: false, error: refusal });
  await clock.settle();
  server.refuse = () => ({ ok: false, error: refusal });
  assert.deepEqual(await send(item), { ok: false, error: refusal });
});

test("an ended session keeps the words and stops the line, over HTTP and over the socket", async () => {
  const error = { code: "sign_in", message: "Please sign in first.", permanent: true };
  const { connect, send, wire, line } = setUp();
  await connect();
  const refused = assert.rejects(send(item), /signed out/);
  wire.sent[wire.sent.length - 1].ack({ ok: false, error });
  await refused;
  assert.equal(line.state, "signed-out");
  await assert.rejects(send(item), /signed-out/);

  const other = setUp();
  other.server.refuse = () => ({ ok: false, error });
  await other.blocked(6_000);
  await assert.rejects(other.send(item), /signed out/);
  assert.equal(other.line.state, "signed-out");
});
