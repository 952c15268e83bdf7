import { createRequests, Unanswered } from "./requests.js";
import { after, fullJitter } from "./timing.js";
import { createWaits } from "./waits.js";

/**
 * @typedef {"connecting" | "online" | "reconnecting" | "pausing" | "offline" | "refused" | "signed-out"} ConnectionState
 *   `pausing`: the server has said that it starts anew, and when to come back; `refused`: no socket for this page, plain requests may do
 * @typedef {{online: () => boolean, onChange: (act: () => void) => void}} Network  `onChange`: also when the page is looked at again
 * @typedef {object} Wire what of a Socket.IO client socket is used
 * @property {boolean} active
 * @property {(event: string, act: (...heard: any[]) => void) => unknown} on
 * @property {(act: (...heard: any[]) => void) => unknown} onAny
 * @property {(event: string, payload: object, ack: (answer: any) => void) => unknown} emit
 * @property {() => unknown} connect
 * @property {() => unknown} disconnect
 * @typedef {ReturnType<typeof createConnection>} Connection
 */

const REQUEST_TIMEOUT = 8_000;
const CONNECT_TIMEOUT = 15_000;
const FRESH = 3_000; // ms: an attempt younger than this is left alone when somebody looks at the page
const QUIET = 30_000; // ms without a word; the server speaks every twenty seconds
const SPREAD = 10_000; // ms: everybody heard the last word at once

/**
 * One socket for the page, with its own way of coming back: full jitter, what the server says about when, and a stop when it refuses for good.
 * A socket that does not answer counts as none: a telephone that changed networks keeps one that looks well for minutes.
 * The socket must be made with `reconnection: false, autoConnect: false`.
 * @param {Wire} socket
 * @param {{network: Network, later?: import("./timing.js").After, random?: () => number, now?: () => number}} around
 */
export function createConnection(socket, { network, later = after, random = Math.random, now = Date.now }) {
  /** @type {ConnectionState} */
  let state = network.online() ? "connecting" : "offline";
  /** @type {"resting" | "trying" | "up"} */
  let phase = "resting";
  let failures = 0; // since the last answer: a server that takes everybody in and answers nobody is not pressed
  let downSince = now();
  let isProven = false; // an answer came over this socket
  let triedAt = -Infinity;
  let heardAt = -Infinity;
  const waits = createWaits(now);
  let wasOffline = false;
  let cancelTimer = () => {};
  let cancelQuiet = () => {};
  /** @type {Set<(state: ConnectionState) => void>} */
  const watchers = new Set();
  /** @type {Set<() => void>} */
  const doubters = new Set();
  const requests = createRequests(socket, { later, onAnswer: prove, onTimeout: renew });

  /** @param {ConnectionState} next */
  function become(next) {
    if (state === next) return;
    state = next;
    for (const watcher of watchers) watcher(next);
  }

  function open() {
    cancelTimer();
    if (phase === "trying") socket.disconnect(); // it may hang on a network that is gone
    phase = "trying";
    triedAt = now();
    cancelTimer = later(CONNECT_TIMEOUT, renew);
    socket.connect();
  }

  /** @param {number} wait */
  function openIn(wait) {
    cancelTimer();
    cancelTimer = later(waits.atLeast(wait), open);
  }

  function lost() {
    cancelQuiet();
    if (phase !== "resting") requests.failAll("disconnected");
    if (phase === "resting" || isOver()) return;
    if (isProven) downSince = now();
    phase = "resting";
    isProven = false;
    become(away());
    openIn(fullJitter(failures++, random));
  }

  function away() {
    if (waits.isAnnounced) return "pausing";
    return network.online() ? "reconnecting" : "offline";
  }

  /** Another socket instead of this one. */
  function renew() {
    socket.disconnect(); // tells of it when it was up
    lost();
  }

  function prove() {
    isProven = true;
    failures = 0;
    heard();
  }

  function heard() {
    heardAt = now();
    cancelQuiet();
    cancelQuiet = later(QUIET + SPREAD * random(), doubt);
  }

  /** Somebody ask something: the answer tells whether the line still is one. */
  function doubt() {
    if (state === "online") for (const doubter of doubters) doubter();
  }

  /** Nothing more is tried. @param {"signed-out" | "refused"} why */
  function end(why) {
    cancelTimer();
    cancelQuiet();
    become(why);
    socket.disconnect();
  }

  const signOut = () => end("signed-out");
  const isOver = () => state === "signed-out" || state === "refused";

  /** An inactive socket was answered and refused; an active one could not be reached at all. @param {Error & {data?: any}} error */
  function fail({ message, data }) {
    if (!socket.active && message === "sign_in") return signOut();
    if (!socket.active && data?.permanent) return end("refused");
    if (!socket.active) waits.refuse(data?.retry_after, fullJitter(failures, random));
    lost();
  }

  function wake() {
    if (isOver()) return;
    const isBack = network.online() && wasOffline;
    wasOffline = !network.online();
    if (phase === "up") {
      if (isBack) renew(); // what stood on the other network is gone
      else if (now() - heardAt > FRESH) doubt();
    } else {
      become(away());
      if (network.online() && (phase === "resting" || now() - triedAt > FRESH)) openIn(0);
    }
  }

  socket.on("connect", () => {
    cancelTimer();
    phase = "up";
    waits.over();
    heard();
    become("online");
  });
  socket.on("disconnect", lost);
  socket.on("connect_error", fail);
  socket.on("drain", (/** @type {{reconnect_in?: unknown} | undefined} */ notice) => {
    const wait = waits.announce(notice);
    cancelTimer();
    cancelTimer = later(wait, () => phase === "up" && renew()); // it may wait for us to go
  });
  socket.onAny(heard);
  network.onChange(wake);

  return {
    get state() { return state; },
    /** How long there has been no line that answers, in ms. */
    get downFor() { return state === "online" && isProven ? 0 : now() - downSince; },
    open,
    signOut,
    /** @param {(state: ConnectionState) => void} act */
    watch(act) { watchers.add(act); },
    /** The line may be dead: ask something. @param {() => void} act */
    onDoubt(act) { doubters.add(act); },
    /** @param {string} event @param {(payload: any) => void} act */
    on(event, act) { socket.on(event, act); },
    /** Says something that need not arrive. @param {string} event @param {object} payload @returns {boolean} whether it left */
    send(event, payload) {
      if (state === "online") socket.emit(event, payload, () => {});
      return state === "online";
    },

    /**
     * Asks, and resolves to the acknowledgement, a refusal included. Rejects with `Unanswered`; never waits for a connection.
     * @param {string} event @param {object} payload @param {number} [timeout] ms
     * @returns {Promise<import("./requests.js").Ack>}
     */
    request(event, payload, timeout = REQUEST_TIMEOUT) {
      return state === "online" ? requests.ask(event, payload, timeout) : Promise.reject(new Unanswered("not connected"));
    },
  };
}
