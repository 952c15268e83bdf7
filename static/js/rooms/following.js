import { createLog } from "../lib/log.js";
import { createPolling } from "../lib/polling.js";
import { Unanswered } from "../lib/requests.js";
import { after } from "../lib/timing.js";

const PATIENCE = 8_000; // ms without a line, after which the room is read by asking
const SPREAD = 4_000; // ms

/**
 * @typedef {import("../lib/log.js").Page} Page
 * @typedef {{wasBlocked: () => boolean, note: (isBlocked: boolean) => void}} Memory where the last page had no socket, this one need not wait
 * @typedef {object} Around
 * @property {string} room
 * @property {import("../lib/connection.js").Connection} line
 * @property {import("../lib/api.js").Api} api
 * @property {{epoch: string, seq: number}} from
 * @property {Pick<import("../lib/log.js").LogWiring, "onEvents" | "onReset">} reader
 * @property {(page: any) => void} onJoined what `room:join` answered
 * @property {() => void} onChange of `way`, `isShut` or `isJoined`
 * @property {Memory} memory
 * @property {() => boolean} isVisible
 * @property {import("../lib/timing.js").After} [later]
 * @property {() => number} [random]
 * @typedef {ReturnType<typeof createFollowing>} Following
 */

/**
 * The room's log, read over the socket, and by asking again and again where there is none.
 * @param {Around} around
 */
export function createFollowing({ room, line, api, from, reader, onJoined, onChange, memory, isVisible, later = after, random = Math.random }) {
  /** @type {"socket" | "http" | "none"} */
  let way = "none";
  let isShut = false;
  let cancel = () => {};
  const path = `/api/v1/rooms/${encodeURIComponent(room)}/events`;

  /** @param {import("../lib/requests.js").Ack} ack @returns {any} */
  function accept(ack) {
    if (ack.ok) return ack;
    if (ack.error.code === "sign_in") line.signOut();
    throw ack.error;
  }

  /** @param {number} [seq] @returns {Promise<Page>} */
  async function read(seq) {
    const page = accept(await api.get(seq === undefined ? path : `${path}?after=${seq}`));
    if (!Array.isArray(page.events)) throw new Unanswered("not our server's answer");
    return page;
  }

  /** @param {number} [seq] @returns {Promise<Page>} */
  async function join(seq) {
    const page = accept(await line.request("room:join", seq === undefined ? { room } : { room, after: seq }));
    memory.note(false);
    onJoined(page);
    return page;
  }

  const log = createLog({
    ...reader,
    later,
    random,
    join: (seq) => (way === "http" ? read(seq) : join(seq)),
    sync: async (seq) => (way === "http" ? read(seq) : accept(await line.request("room:sync", { room, after: seq }))),
    onRefused() {
      isShut = true;
      polling.stop();
      onChange();
    },
  }, from);
  const polling = createPolling({ later, random, isVisible, look: () => log.check().then(onChange) });

  /** @param {typeof way} next */
  async function use(next) {
    cancel();
    polling.stop();
    log.disconnected();
    way = next;
    isShut = false;
    onChange();
    if (way === "none") return;
    await log.connected();
    onChange();
    if (way === "http" && !isShut) polling.rest();
  }

  function giveUpOnSocket() {
    memory.note(true);
    use("http");
  }

  function follow() {
    if (line.state === "online") return use("socket");
    if (line.state === "signed-out") return use("none");
    if (way === "http") return;
    if (way === "socket") use("none");
    cancel();
    const wait = memory.wasBlocked() || line.state === "refused" ? 0 : Math.max(0, PATIENCE - line.downFor);
    if (line.state !== "pausing") cancel = later(wait + SPREAD * random(), giveUpOnSocket);
  }

  line.watch(follow);
  line.onDoubt(() => log.check());
  line.on("room:event", (event) => event.room === room && way === "socket" && log.push(event));
  line.on("room:heads", (heads) => heads[room] && way === "socket" && log.heads(heads[room][0], heads[room][1]));

  return {
    log,
    get way() { return way; },
    /** The room is not open to this person any more. */
    get isShut() { return isShut; },
    /** The server pushes to this page. */
    get isJoined() { return way === "socket" && log.isJoined; },
    /** By asking, and answered: late, but nothing is missing. */
    get isPolling() { return way === "http" && log.isJoined; },
    follow,
    /** Somebody looks, or something was sent: do not wait for the next turn. */
    hurry() {
      if (way !== "http" || isShut) return;
      if (log.isJoined) polling.ask();
      else use("http"); // it rests after a failure
    },
  };
}
