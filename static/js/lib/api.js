import { Unanswered } from "./requests.js";

const TIMEOUT = 8_000;
const TRY_AGAIN = new Set([400, 408, 425, 429]);

/**
 * @typedef {import("./requests.js").Ack} Ack
 * @typedef {ReturnType<typeof createApi>} Api
 */

/**
 * An RFC 9457 problem as an acknowledgement. What is no such problem did not come from our server: a proxy, or the sign-in page of a
 * train's network. That decides nothing.
 * @param {Response} response @returns {Promise<Ack>}
 */
async function refusalOf(response) {
  const isOurs = response.headers.get("Content-Type")?.includes("problem+json");
  const problem = isOurs ? await response.json().catch(() => null) : null;
  const permanent = Boolean(problem) && response.status < 500 && !TRY_AGAIN.has(response.status);
  const retry_after = Number(response.headers.get("Retry-After")) || 0;
  return { ok: false, error: { code: problem?.code ?? "unreadable", message: problem?.title ?? "", permanent, retry_after } };
}

/**
 * The JSON API, answering as the socket does. The server refuses what is asked for somebody who is not signed in any more.
 * @param {{account: string, csrfToken: string, request?: typeof fetch}} around
 */
export function createApi({ account, csrfToken, request = (...how) => fetch(...how) }) {
  let token = csrfToken;

  /** @param {string} path @param {RequestInit} [how] */
  async function once(path, how) {
    const headers = { Accept: "application/json", "Content-Type": "application/json", "X-CSRFToken": token, "X-Account": encodeURIComponent(account) };
    // Not followed: nothing of ours leads elsewhere, and a network that wants a sign-in of its own does.
    const response = await request(path, { ...how, headers, redirect: "manual", signal: AbortSignal.timeout(TIMEOUT) });
    return { status: response.status, ack: response.ok ? { ...(await response.json()), ok: true } : await refusalOf(response) };
  }

  /** Any page has the token of today's session. @returns whether there is another one */
  async function renewToken() {
    const page = await request("/rooms", { headers: { Accept: "text/html" }, signal: AbortSignal.timeout(TIMEOUT) });
    const found = /name="csrf_token"[^>]*value="([^"]+)"/.exec(await page.text());
    if (!page.ok || !found || found[1] === token) return false;
    token = found[1];
    return true;
  }

  /** @param {string} path @param {RequestInit} [how] @returns {Promise<Ack>} */
  async function ask(path, how) {
    try {
      const first = await once(path, how);
      if (first.status !== 400 || !(await renewToken())) return first.ack;
      return (await once(path, how)).ack; // 400: this page is older than the session
    } catch (error) {
      throw new Unanswered(String(error));
    }
  }

  return {
    /** @param {string} path */
    get: (path) => ask(path),
    /** @param {string} path @param {object} payload safe to repeat */
    post: (path, payload) => ask(path, { method: "POST", body: JSON.stringify(payload) }),
  };
}
