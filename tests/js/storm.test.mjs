import assert from "node:assert/strict";
import { test } from "node:test";

import { createConnection } from "../../static/js/lib/connection.js";
import { memoryStore } from "../../static/js/lib/memory-store.js";
import { createOutbox } from "../../static/js/lib/outbox.js";
import { Unanswered } from "../../static/js/lib/requests.js";
import { createFollowing } from "../../static/js/rooms/following.js";
import { createSender } from "../../static/js/rooms/sending.js";
import { chance, createClock } from "./clock.mjs";
import { createNetwork, createWire } from "./wire.mjs";

/** @typedef {{room: string, epoch: number, seq: number, kind: string, cid: string, body: string}} Said */

/** A server that may be killed; what it has accepted stays. */
class Server {
  /** @type {Said[]} */
  log = [];
  isUp = true;
  /** @type {Set<Page>} */
  listeners = new Set();

  /** @param {string} event @param {any} payload @param {Page | null} page @returns {any} */
  answer(event, payload, page) {
    if (event === "message:send") return this.append(payload);
    if (event === "room:join" && page) this.listeners.add(page);
    const after = payload.after ?? Math.max(0, this.log.length - 50);
    return { ok: true, epoch: 1, head: this.log.length, events: this.log.slice(after, after + 200), more: after + 200 < this.log.length };
  }

  /** @param {{cid: string, body: string}} payload */
  append({ cid, body }) {
    const known = this.log.find((event) => event.cid === cid);
    const event = known ?? { room: "evening", epoch: 1, seq: this.log.length + 1, kind: "message", cid, body };
    if (!known) {
      this.log.push(event);
      for (const page of this.listeners) page.push(event);
    }
    return { ok: true, cid, seq: event.seq, state: "sent" };
  }
}

/** One page of a member's browser, over a line on which everything may go wrong. */
class Page {
  wire = createWire();
  /** @type {string[]} */
  view = [];
  line = 0; // counts sockets: what an earlier one carried is lost
  isClosed = false;
  isNumb = false; // the socket looks well and carries nothing

  /** @param {Server} server @param {ReturnType<typeof createClock>} clock @param {() => number} random @param {ReturnType<typeof memoryStore>} store @param {{isBlocked: boolean}} place */
  constructor(server, clock, random, store, place) {
    this.server = server;
    this.clock = clock;
    this.random = random;
    this.place = place;
    this.view = server.log.map((event) => event.cid);
    this.wire.connect = () => this.connect();
    this.wire.emit = (event, payload, ack) => this.carry(event, payload, ack);
    const connection = createConnection(this.wire, { network: createNetwork(), later: clock.later, now: clock.now, random });
    this.following = createFollowing({
      room: "evening", line: connection, api: this.api(), later: clock.later, random,
      from: { epoch: "1", seq: server.log.length },
      reader: { onEvents: (events) => this.view.push(...events.map((event) => event.cid)), onReset: () => { this.view = []; } },
      onJoined: () => {}, onChange: () => {}, isVisible: () => true,
      memory: { wasBlocked: () => false, note: () => {} },
    });
    const send = createSender({ connection, api: this.api(), room: "evening", following: this.following });
    this.outbox = createOutbox({ account: "a", store, send, later: clock.later, random, onChange: () => {} });
    connection.open();
    this.following.follow();
    this.outbox.resume();
  }

  latency() { return this.random() < 0.05 ? 3_000 + 9_000 * this.random() : 200 * this.random(); }

  connect() {
    this.line += 1;
    this.isNumb = false;
    const mine = this.line;
    this.clock.later(this.latency(), () => {
      if (mine !== this.line || this.isClosed) return;
      if (this.server.isUp && !this.place.isBlocked) this.wire.hear("connect");
      else this.wire.hear("connect_error", new Error("websocket error"));
    });
  }

  /** @param {string} event @param {object} payload @param {(answer: any) => void} ack */
  carry(event, payload, ack) {
    const mine = this.line;
    const stands = () => mine === this.line && this.wire.isUp && !this.isNumb;
    this.clock.later(this.latency(), () => {
      if (!stands() || !this.server.isUp) return;
      const answer = this.server.answer(event, payload, this);
      this.clock.later(this.latency(), () => stands() && ack(answer));
    });
  }

  /** @param {Said} event */
  push(event) {
    const mine = this.line;
    for (let copies = this.random() < 0.1 ? 0 : this.random() < 0.2 ? 2 : 1; copies > 0; copies -= 1) {
      this.clock.later(this.latency(), () => mine === this.line && this.wire.isUp && !this.isNumb && this.wire.hear("room:event", event));
    }
  }

  /** @returns {import("../../static/js/lib/api.js").Api} */
  api() {
    const ask = (/** @type {string} */ event, /** @type {object} */ payload) => /** @type {Promise<any>} */ (new Promise((resolve, reject) => {
      const fail = () => reject(new Unanswered("Failed to fetch"));
      const fate = this.random();
      this.clock.later(this.latency(), () => {
        if (!this.server.isUp || this.isClosed || fate < 0.1) return fail();
        const answer = this.server.answer(event, payload, null);
        this.clock.later(this.latency(), () => (fate < 0.2 ? fail() : resolve(answer)));
      });
    }));
    return {
      get: (path) => ask("room:sync", { after: Number(path.split("after=")[1]) }),
      post: (_path, payload) => ask("message:send", payload),
    };
  }

  cut() {
    this.line += 1;
    this.server.listeners.delete(this);
    if (this.wire.isUp) this.wire.hear("disconnect", "transport close");
  }

  close() {
    this.outbox.stop();
    this.line += 1;
    this.server.listeners.delete(this);
    this.isClosed = true; // its timers go on, and reach nobody
  }
}

/** @param {number} seed */
async function storm(seed) {
  const random = chance(seed);
  const clock = createClock();
  const server = new Server();
  const members = Array.from({ length: 2 }, () => {
    const [store, place] = [memoryStore(), { isBlocked: false }];
    const open = () => new Page(server, clock, random, store, place);
    return { place, open, page: open(), said: /** @type {string[]} */ ([]) };
  });
  const pick = () => members[Math.floor(random() * members.length)];
  const heads = () => { for (const page of server.listeners) if (!page.isNumb && page.wire.isUp) page.wire.hear("room:heads", { evening: [1, server.log.length] }); };

  for (let turn = 0; turn < 80; turn += 1) {
    const [dice, member] = [random(), pick()];
    if (dice < 0.5) {
      const item = await member.page.outbox.put({ room: "evening", body: `${members.indexOf(member)}.${member.said.length}` });
      member.said.push(item.cid);
    } else if (dice < 0.58) member.page.cut();
    else if (dice < 0.64) member.page.isNumb = true;
    else if (dice < 0.7) member.place.isBlocked = !member.place.isBlocked;
    else if (dice < 0.76) { member.page.close(); member.page = member.open(); }
    else if (dice < 0.82) { server.isUp = !server.isUp; if (!server.isUp) for (const { page } of members) page.cut(); }
    else if (dice < 0.86) { member.page.wire.hear("drain", { reconnect_in: 15 * random() }); member.page.cut(); }
    else heads();
    await clock.advance(random() * 4_000);
  }
  server.isUp = true;
  await clock.advance(random() * 60_000);
  for (const member of members) {
    member.page.isNumb = random() < 0.5; // and nobody will ever tell
    member.said.push((await member.page.outbox.put({ room: "evening", body: "last" })).cid);
  }
  for (const { place } of members) place.isBlocked = seed % 5 === 0; // a fifth of them stays without sockets
  for (let beat = 0; beat < 20; beat += 1) {
    await clock.advance(20_000);
    heads();
  }
  await clock.advance(10_000);
  return { server, members };
}

test("whatever breaks, what was said is said once and in order, and every page shows the log", async () => {
  for (let seed = 1; seed <= 25; seed += 1) {
    const { server, members } = await storm(seed);
    const log = server.log.map((event) => event.cid);
    for (const { said, page } of members) {
      assert.deepEqual(log.filter((cid) => said.includes(cid)), said, `seed ${seed}: every word once, in the order it was said`);
      assert.deepEqual(page.view, log, `seed ${seed}: the page shows the log (${page.following.way})`);
    }
    assert.equal(log.length, members[0].said.length + members[1].said.length, `seed ${seed}`);
  }
});
