import assert from "node:assert/strict";
import { test } from "node:test";

import { createConnection } from "../../static/js/lib/connection.js";
import { Unanswered } from "../../static/js/lib/requests.js";
import { chance, createClock } from "./clock.mjs";
import { createNetwork, createWire } from "./wire.mjs";

function setUp(random = () => 0.5) {
  const clock = createClock();
  const wire = createWire();
  const network = createNetwork();
  const connection = createConnection(wire, { network, later: clock.later, now: clock.now, random });
  /** @type {string[]} */
  const states = [];
  connection.watch((state) => states.push(state));
  return { clock, wire, network, connection, states };
}

test("states follow the socket", () => {
  const { wire, connection, states } = setUp();
  assert.equal(connection.state, "connecting");
  connection.open();
  wire.hear("connect");
  wire.hear("disconnect", "transport close");
  wire.hear("connect");
  assert.deepEqual(states, ["online", "reconnecting", "online"]);
});

test("it comes back with full jitter from one second to thirty, and starts over after it was online", async () => {
  const { clock, wire, connection } = setUp();
  connection.open();
  const waits = [];
  for (let attempt = 0; attempt < 8; attempt += 1) {
    const failedAt = clock.now();
    const before = wire.connects;
    wire.hear("connect_error", new Error("websocket error"));
    while (wire.connects === before) await clock.advance(100);
    waits.push(clock.now() - failedAt);
  }
  assert.deepEqual(waits, [500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000, 15_000]);
  wire.hear("connect");
  connection.request("room:join", {});
  wire.sent[0].ack({ ok: true });
  wire.hear("disconnect", "transport close");
  const before = wire.connects;
  await clock.advance(500);
  assert.equal(wire.connects, before + 1);
});

test("a server that takes everybody in and answers nobody is not pressed", async () => {
  const { clock, wire, connection } = setUp();
  connection.open();
  for (let attempt = 0; attempt < 5; attempt += 1) {
    wire.hear("connect");
    wire.hear("disconnect", "transport close");
    await clock.advance(500 * 2 ** attempt - 1);
    assert.equal(wire.connects, attempt + 1);
    await clock.advance(1);
    assert.equal(wire.connects, attempt + 2);
  }
  assert.ok(connection.downFor > 15_000, "a line that never answered is no line");
});

test("ten thousand that lost their server at once come back spread out", async () => {
  const random = chance(3);
  /** @type {number[]} */
  const waits = [];
  for (let member = 0; member < 10_000; member += 1) {
    const wire = createWire();
    let wait = 0;
    const later = (/** @type {number} */ ms) => { wait = ms; return () => {}; };
    createConnection(wire, { network: createNetwork(), later, now: () => 0, random }).open();
    wire.hear("connect");
    wire.hear("disconnect", "transport close");
    waits.push(wait);
  }
  const slots = Array.from({ length: 10 }, (_, slot) => waits.filter((wait) => Math.floor(wait / 100) === slot).length);
  assert.ok(slots.every((count) => count > 800 && count < 1_200), String(slots));
});

test("it knows how long there has been no line", async () => {
  const { clock, wire, connection } = setUp();
  connection.open();
  await clock.advance(3_000);
  assert.equal(connection.downFor, 3_000);
  wire.hear("connect");
  connection.request("room:join", {});
  wire.sent[0].ack({ ok: true });
  await clock.advance(3_000);
  assert.equal(connection.downFor, 0);
  wire.hear("disconnect", "transport close");
  await clock.advance(2_000);
  wire.hear("connect_error", new Error("websocket error"));
  await clock.advance(2_000);
  assert.equal(connection.downFor, 4_000);
});

test("a connection that hangs is given up", async () => {
  const { clock, wire, connection, states } = setUp();
  connection.open();
  await clock.advance(15_600);
  assert.deepEqual(states, ["reconnecting"]);
  assert.equal(wire.disconnects, 1);
  assert.equal(wire.connects, 2);
});

test("drain is honoured when the server waits for us to go, and nobody is alarmed", async () => {
  const { clock, wire, connection, states } = setUp();
  connection.open();
  wire.hear("connect");
  wire.hear("drain", { reconnect_in: 12 });
  await clock.advance(11_900);
  assert.equal(connection.state, "online", "it stays usable until then");
  await clock.advance(100 + 500);
  assert.deepEqual([wire.disconnects, wire.connects], [1, 2]);
  wire.hear("connect");
  assert.deepEqual(states, ["online", "pausing", "online"]);
});

test("a server that does not come back after its drain is told of in the end", async () => {
  const { clock, wire, connection, states } = setUp();
  connection.open();
  wire.hear("connect");
  wire.hear("drain", { reconnect_in: 3 });
  wire.hear("disconnect", "io server disconnect");
  for (let second = 0; second < 40; second += 1) {
    await clock.advance(1_000);
    wire.hear("connect_error", new Error("websocket error"));
  }
  assert.deepEqual(states, ["online", "pausing", "reconnecting"]);
});

test("a drain without sense is a short one", async () => {
  for (const notice of [undefined, {}, { reconnect_in: "soon" }, { reconnect_in: -4 }, { reconnect_in: 1e9 }]) {
    const { clock, wire, connection } = setUp();
    connection.open();
    wire.hear("connect");
    wire.hear("drain", notice);
    wire.hear("disconnect", "io server disconnect");
    await clock.advance(60_000);
    assert.ok(wire.connects > 1);
  }
});

test("drain is honoured: nobody comes back before their turn", async () => {
  const { clock, wire, connection, network } = setUp(() => 0);
  connection.open();
  wire.hear("connect");
  wire.hear("drain", { reconnect_in: 12 });
  await clock.advance(2_000);
  wire.hear("disconnect", "io server disconnect");
  network.set(true); // looking at the page does not jump the queue
  await clock.advance(9_900);
  assert.equal(wire.connects, 1);
  await clock.advance(200);
  assert.equal(wire.connects, 2);
});

test("a refused session stops for good, and says so", async () => {
  const { clock, wire, connection, network, states } = setUp();
  connection.open();
  wire.refuse("sign_in");
  network.set(true);
  await clock.advance(120_000);
  assert.deepEqual(states, ["signed-out"]);
  assert.equal(wire.connects, 1);
  assert.equal(clock.waiting, 0);
});

test("who signs out stays out when the socket closes behind them", async () => {
  const { clock, wire, connection, states } = setUp();
  connection.open();
  wire.hear("connect");
  const cut = assert.rejects(connection.request("room:sync", {}), Unanswered);
  connection.signOut();
  wire.hear("disconnect", "io client disconnect");
  await cut;
  await clock.advance(120_000);
  assert.deepEqual(states, ["online", "signed-out"]);
  assert.equal(wire.connects, 1);
});

test("a refusal for now is tried again", async () => {
  const { clock, wire, connection } = setUp();
  connection.open();
  wire.refuse("unavailable", { permanent: false });
  assert.equal(connection.state, "reconnecting", "not signed out: plain requests may still do");
  await clock.advance(2_000);
  assert.equal(wire.connects, 2);
});

test("who comes too often waits as long as the server says, and then some by chance", async () => {
  const { clock, wire, connection, network } = setUp();
  connection.open();
  wire.refuse("too_many", { permanent: false, retry_after: 20 });
  assert.equal(connection.state, "reconnecting", "nothing was announced: the room may be read by asking");
  await clock.advance(10_000);
  network.set(true); // looking at the page does not shorten it
  await clock.advance(10_499);
  assert.equal(wire.connects, 1);
  await clock.advance(1);
  assert.equal(wire.connects, 2);
  wire.hear("connect");
  wire.hear("disconnect", "transport close");
  await clock.advance(1_000);
  assert.equal(wire.connects, 3, "it was let in: what was said before is over");
});

test("a refusal for good ends the trying, and does not say that somebody is signed out", async () => {
  const { clock, wire, connection, network, states } = setUp();
  connection.open();
  wire.refuse("origin", { permanent: true });
  network.set(false);
  network.set(true);
  await clock.advance(120_000);
  assert.deepEqual(states, ["refused"]);
  assert.equal(wire.connects, 1);
  assert.equal(clock.waiting, 0);
  await assert.rejects(connection.request("room:join", {}), Unanswered);
  connection.signOut();
  assert.equal(connection.state, "signed-out", "a plain request may find out");
});

test("a socket that does not answer is changed for another", async () => {
  const { clock, wire, connection, states } = setUp();
  connection.open();
  wire.hear("connect");
  const late = assert.rejects(connection.request("message:send", {}), /timeout/);
  const other = assert.rejects(connection.request("room:sync", {}, 60_000), /disconnected/);
  await clock.advance(8_000);
  await Promise.all([late, other]);
  await clock.advance(500);
  assert.deepEqual([wire.disconnects, wire.connects], [1, 2]);
  wire.hear("connect");
  assert.deepEqual(states, ["online", "reconnecting", "online"]);
});

test("a line on which nothing is heard is doubted, and so is one that somebody comes back to", async () => {
  const { clock, wire, connection, network } = setUp();
  let doubts = 0;
  connection.onDoubt(() => { doubts += 1; });
  connection.open();
  wire.hear("connect");
  for (let beat = 0; beat < 5; beat += 1) {
    await clock.advance(20_000);
    wire.hear("room:heads", {});
  }
  assert.equal(doubts, 0);
  await clock.advance(35_000);
  assert.equal(doubts, 1);
  network.set(true); // looked at again
  assert.equal(doubts, 2);
  wire.hear("room:heads", {});
  network.set(true);
  assert.equal(doubts, 2, "it spoke just now");
});

test("on another network the old socket is not waited for", async () => {
  const { clock, wire, connection, network } = setUp();
  connection.open();
  wire.hear("connect");
  network.set(false);
  network.set(true);
  await clock.advance(1_000);
  assert.deepEqual([wire.disconnects, wire.connects], [1, 2]);
});

test("an attempt that hangs is begun anew when the network is back, one that has just begun is not", async () => {
  const { clock, wire, connection, network } = setUp();
  connection.open();
  await clock.advance(1_000);
  network.set(true);
  await clock.advance(0);
  assert.equal(wire.connects, 1);
  await clock.advance(4_000);
  network.set(true);
  await clock.advance(0);
  assert.deepEqual([wire.disconnects, wire.connects], [1, 2]);
});

test("without a network it says offline, and connects as soon as there is one", async () => {
  const { clock, wire, connection, network } = setUp();
  connection.open();
  wire.hear("connect");
  network.set(false);
  wire.hear("disconnect", "transport close");
  assert.equal(connection.state, "offline");
  const before = wire.connects;
  network.set(true);
  assert.equal(connection.state, "reconnecting");
  await clock.advance(0);
  assert.equal(wire.connects, before + 1);
});

test("a request resolves to the acknowledgement, a refusal included", async () => {
  const { wire, connection } = setUp();
  wire.hear("connect");
  const asked = connection.request("room:sync", { room: "evening", after: 3 });
  assert.deepEqual(wire.sent[0].payload, { room: "evening", after: 3 });
  wire.sent[0].ack({ ok: false, error: { code: "not_found" } });
  assert.deepEqual(await asked, { ok: false, error: { code: "not_found" } });
});

test("a request rejects after eight seconds, at a disconnect, and at once when not connected", async () => {
  const { clock, wire, connection } = setUp();
  await assert.rejects(connection.request("room:sync", {}), Unanswered);
  assert.equal(wire.sent.length, 0, "nothing is kept to be sent behind our back");
  wire.hear("connect");
  const late = assert.rejects(connection.request("room:sync", {}), /timeout/);
  await clock.advance(8_000);
  await late;
  wire.hear("connect");
  const cut = assert.rejects(connection.request("room:sync", {}), /disconnected/);
  wire.hear("disconnect", "transport close");
  await cut;
});
