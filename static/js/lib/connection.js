import { after, fullJitter } from "./timing.js";

/**
 * @typedef {"connecting" | "online" | "reconnecting" | "offline" | "signed-out"} ConnectionState
 * @typedef {{ok: true, [key: string]: any} | {ok: false, error: Refusal}} Ack
 * @typedef {{code: string, message: string, permanent: boolean, retry_after?: number}} Refusal
 * @typedef {{online: () => boolean, onChange: (act: () => void) => void}} Network  `onChange`: also when the page is looked at again
 * @typedef {ReturnType<typeof createConnection>} Connection
 */

const REQUEST_TIMEOUT = 8_000;
const CONNECT_TIMEOUT = 15_000;

/** No answer came. The server may or may not have acted: only a repeatable request may be tried again. */
export class Unanswered extends Error {}

/**
 * One socket for the page, with its own way of coming back: full jitter, the server's `drain`, and a stop when the session is refused.
 * The socket must be made with `reconnection: false, autoConnect: false`.
 * @param {any} socket a Socket.IO client socket
 * @param {{network: Network, later?: import("./timing.js").After, random?: () => number, now?: () => number}} around
 */
export function createConnection(socket, { network, later = after, random = Math.random, now = Date.now }) {
  /** @type {ConnectionState} */
  let state = network.online() ? "connecting" : "offline";
  let failures = 0; // in a row
  let downSince = now();
  let notBefore = 0; // set by `drain`: the server spreads its members over some seconds
  let cancelTimer = () => {};
  /** @type {Set<(state: ConnectionState) => void>} */
  const watchers = new Set();
  /** @type {Set<(why: Error) => void>} */
  const unanswered = new Set();

  /** @param {ConnectionState} next */
  function become(next) {
    if (state === next) return;
    state = next;
    for (const watcher of watchers) watcher(next);
  }

  function open() {
    cancelTimer();
    cancelTimer = later(CONNECT_TIMEOUT, () => { socket.disconnect(); lost(); });
    socket.connect();
  }

  /** @param {number} wait */
  function openIn(wait) {
    cancelTimer();
    cancelTimer = later(Math.max(wait, notBefore - now()), open);
  }

  function lost() {
    for (const reject of [...unanswered]) reject(new Unanswered("disconnected"));
    if (state === "signed-out") return;
    if (state === "online") downSince = now();
    become(network.online() ? "reconnecting" : "offline");
    openIn(fullJitter(failures++, random));
  }

  function signOut() {
    cancelTimer();
    become("signed-out");
    socket.disconnect();
  }

  socket.on("connect", () => {
    cancelTimer();
    failures = 0;
    become("online");
  });
  socket.on("disconnect", lost);
  // An inactive socket was answered and refused; an active one could not be reached at all.
  socket.on("connect_error", (/** @type {any} */ error) => (socket.active || error?.data?.permanent === false ? lost() : signOut()));
  socket.on("drain", (/** @type {any} */ notice) => { notBefore = now() + 1_000 * (Number(notice?.reconnect_in) || 0); });
  network.onChange(() => {
    if (state === "online" || state === "signed-out") return;
    become(network.online() ? "reconnecting" : "offline");
    if (network.online()) openIn(0);
  });

  return {
    get state() { return state; },
    /** How long there has been no line, in ms. */
    get downFor() { return state === "online" ? 0 : now() - downSince; },
    open,
    signOut,
    /** @param {(state: ConnectionState) => void} act */
    watch(act) { watchers.add(act); },
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
     * @returns {Promise<Ack>}
     */
    request(event, payload, timeout = REQUEST_TIMEOUT) {
      return new Promise((resolve, reject) => {
        if (state !== "online") return reject(new Unanswered("not connected"));
        const settle = () => { unanswered.delete(fail); cancel(); };
        const fail = (/** @type {Error} */ why) => { settle(); reject(why); };
        const cancel = later(timeout, () => fail(new Unanswered("timeout")));
        unanswered.add(fail);
        socket.emit(event, payload, (/** @type {Ack} */ ack) => { settle(); resolve(ack); });
      });
    },
  };
}
