import { Unanswered } from "../lib/connection.js";

const TIMEOUT = 8_000;
const PATIENCE = 5_000; // ms without a line, after which plain HTTP is used
const TRY_AGAIN = new Set([400, 408, 425, 429]); // 400: this page's form token has aged; a reload brings a new one

/**
 * @typedef {import("../lib/outbox-store.js").Item} Item
 * @typedef {import("../lib/connection.js").Ack} Ack
 */

/** @param {Item} item */
const payloadOf = ({ cid, body, content_note, reply_to }) => ({ cid, body, ...(content_note && { content_note }), ...(reply_to && { reply_to }) });

/** An RFC 9457 problem as an acknowledgement. @param {Response} response @returns {Promise<Ack>} */
async function refusalOf(response) {
  const problem = await response.json().catch(() => ({}));
  const permanent = response.status < 500 && !TRY_AGAIN.has(response.status);
  const retry_after = Number(response.headers.get("Retry-After")) || 0;
  return { ok: false, error: { code: problem.code ?? "error", message: problem.title ?? "", permanent, retry_after } };
}

/** @param {Item} item @param {string} csrfToken @param {typeof fetch} request @returns {Promise<Ack | null>} null: the session has ended */
async function post(item, csrfToken, request) {
  const response = await request(`/api/v1/rooms/${encodeURIComponent(item.room)}/messages`, {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": csrfToken },
    body: JSON.stringify(payloadOf(item)),
    redirect: "manual",
    signal: AbortSignal.timeout(TIMEOUT),
  });
  if (response.status === 401 || response.type === "opaqueredirect") return null;
  return response.ok ? { ...(await response.json()), ok: true } : refusalOf(response);
}

/**
 * The way out for one item: the socket when it stands in the item's room, plain HTTP when it cannot be had. Rejects when no
 * answer came.
 * @param {{connection: import("../lib/connection.js").Connection, room: string, isJoined: () => boolean, csrfToken: string, request?: typeof fetch}} way
 * @returns {(item: Item) => Promise<Ack>}
 */
export function createSender({ connection, room, isJoined, csrfToken, request = (...how) => fetch(...how) }) {
  /** @returns {never} */
  function signedOut() {
    connection.signOut(); // the item stays for its owner
    throw new Unanswered("signed out");
  }

  return async function send(item) {
    const { state, downFor } = connection;
    if (state === "signed-out" || state === "offline") throw new Unanswered(state);
    if (item.room !== room || downFor >= PATIENCE) return (await post(item, csrfToken, request)) ?? signedOut();
    if (!isJoined()) throw new Unanswered("not in the room yet");
    const ack = await connection.request("message:send", { room, ...payloadOf(item) });
    return !ack.ok && ack.error.code === "sign_in" ? signedOut() : ack;
  };
}
