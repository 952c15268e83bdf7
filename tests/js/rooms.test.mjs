import assert from "node:assert/strict";
import { test } from "node:test";

import { createConnection } from "../../static/js/lib/connection.js";
import { layOut } from "../../static/js/rooms/layout.js";
import { createSender } from "../../static/js/rooms/sending.js";
import { createTyping } from "../../static/js/rooms/typing.js";
import { createReadMark } from "../../static/js/rooms/unread.js";
import { createWaiting } from "../../static/js/rooms/waiting.js";
import { chance, createClock } from "./clock.mjs";
import { createNetwork, createWire } from "./wire.mjs";

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
  const rows = new Map();
  const waiting = createWaiting({
    show: (item, state) => { assert.ok(!rows.has(item.cid), "shown once"); rows.set(item.cid, state); },
    mark: (cid, state) => rows.set(cid, state),
    hide: (cid) => rows.delete(cid),
  });
  return { rows, waiting };
}

const item = { room: "evening", account: "a", cid: "c1", body: "one" };
const ack = { ok: true, cid: "c1", id: "i", seq: 1, state: "sent" };

test("one's own message is replaced by the room's once, whichever comes first", () => {
  for (const order of [["sent", "event"], ["event", "sent"], ["event", "retrying", "event", "sent"], ["retrying", "sent", "sent", "event"]]) {
    const { rows, waiting } = watchWaiting();
    waiting.take({ kind: "waiting", item });
    assert.deepEqual([...rows], [["c1", "waiting"]]);
    for (const step of order) {
      if (step === "event") waiting.arrived("c1");
      else waiting.take({ kind: step, item, ack });
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
  waiting.take({ kind: "retrying", item });
  assert.deepEqual([...rows], [["c1", "retrying"], ["c2", "retrying"]]);
  assert.deepEqual([waiting.count, waiting.isSlow], [2, true]);
  waiting.take({ kind: "refused", item });
  assert.deepEqual([...rows.keys()], ["c2"]);
});

test("marks of reading go forward, only while somebody looks, at most every two seconds", async () => {
  const clock = createClock();
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

test("marks only go forward whatever is read", async () => {
  const random = chance(7);
  const clock = createClock();
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
  const told = [];
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

function sendWith(answer) {
  const clock = createClock();
  const wire = createWire();
  const connection = createConnection(wire, { network: createNetwork(), later: clock.later, now: clock.now, random: () => 0.5 });
  const posted = [];
  const room = { isJoined: true };
  const request = async (path, options) => { posted.push({ path, ...options }); return answer(); };
  const send = createSender({ connection, room: "evening", isJoined: () => room.isJoined, csrfToken: "token", request });
  return { clock, wire, connection, posted, room, send };
}

test("the socket is used in its own room, plain HTTP for other rooms and when the socket cannot be had", async () => {
  const { clock, wire, posted, send, room } = sendWith(() => Response.json({ cid: "c1", seq: 4, state: "sent" }));
  await assert.rejects(send(item), /not connected/);
  await clock.advance(4_900);
  await assert.rejects(send(item), /not connected/);
  await clock.advance(100);
  assert.equal((await send({ ...item, content_note: "a hard day", n: 3 })).ok, true);
  assert.equal(posted[0].path, "/api/v1/rooms/evening/messages");
  assert.equal(posted[0].headers["X-CSRFToken"], "token");
  assert.deepEqual(JSON.parse(posted[0].body), { cid: "c1", body: "one", content_note: "a hard day" });

  wire.hear("connect");
  const answered = send(item);
  assert.deepEqual(wire.sent[0].payload, { room: "evening", cid: "c1", body: "one" });
  wire.sent[0].ack(ack);
  assert.deepEqual(await answered, ack);
  room.isJoined = false;
  await assert.rejects(send(item), /not in the room/);
  assert.equal((await send({ ...item, room: "morning" })).ok, true);
  assert.equal(posted[1].path, "/api/v1/rooms/morning/messages");
});

test("HTTP refusals say whether to try again", async () => {
  const cases = [[400, false], [403, true], [404, true], [409, true], [422, true], [429, false], [500, false], [503, false]];
  for (const [status, permanent] of cases) {
    const problem = () => Response.json({ code: "x", title: "A sentence." }, { status, headers: { "Retry-After": "7" } });
    const { send, wire } = sendWith(problem);
    wire.hear("connect");
    const answer = await send({ ...item, room: "morning" });
    assert.deepEqual(answer.error, { code: "x", message: "A sentence.", permanent, retry_after: 7 }, String(status));
  }
});

test("an ended session keeps the words and stops the line, over HTTP and over the socket", async () => {
  const { send, wire, connection } = sendWith(() => new Response("", { status: 401 }));
  wire.hear("connect");
  await assert.rejects(send({ ...item, room: "morning" }), /signed out/);
  assert.equal(connection.state, "signed-out");
  await assert.rejects(send(item), /signed-out/);

  const other = sendWith(() => null);
  other.wire.hear("connect");
  const refused = assert.rejects(other.send(item), /signed out/);
  other.wire.sent[0].ack({ ok: false, error: { code: "sign_in", message: "Please sign in first.", permanent: true } });
  await refused;
  assert.equal(other.connection.state, "signed-out");
});
