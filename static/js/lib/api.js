import { Unanswered } from "./requests.js";
import { after } from "./timing.js";

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
 * @param {{account: string, csrfToken: string, request?: typeof fetch, later?: import("./timing.js").After}} around
 */
export function createApi({ account, csrfToken, request = (...how) => fetch(...how), later = after }) {
  let token = csrfToken;

  /** @param {string} path @param {RequestInit} how */
  async function once(path, how) {
    const from = { "X-CSRFToken": token, "X-Account": encodeURIComponent(account) };
    const headers = { Accept: "application/json", "Content-Type": "application/json", ...from };
    // Not followed: nothing of ours leads elsewhere, and a network that wants a sign-in of its own does.
    const response = await request(path, { ...how, headers, redirect: "manual" });
    return { status: response.status, ack: response.ok ? { ...(await response.json()), ok: true } : await refusalOf(response) };
  }

  /** Any page has the token of today's session. @param {RequestInit} how @returns whether there is another one */
  async function renewToken(how) {
    const page = await request("/rooms", { headers: { Accept: "text/html" }, signal: how.signal });
    const found = /name="csrf_token"[^>]*value="([^"]+)"/.exec(await page.text());
    if (!page.ok || !found || found[1] === token) return false;
    token = found[1];
    return true;
  }

  /** @param {string} path @param {RequestInit} [what] @returns {Promise<Ack>} */
  async function ask(path, what) {
    const ending = new AbortController();
    const cancel = later(TIMEOUT, () => ending.abort());
    const how = { ...what, signal: ending.signal };
    try {
      const first = await once(path, how);
      if (first.status !== 400 || !(await renewToken(how))) return first.ack;
      return (await once(path, how)).ack; // 400: this page is older than the session
    } catch (error) {
      throw new Unanswered(String(error));
    } finally {
      cancel();
    }
  }

  return {
    /** @param {string} path */
    get: (path) => ask(path),
    /** @param {string} path @param {object} payload safe to repeat */
    post: (path, payload) => ask(path, { method: "POST", body: JSON.stringify(payload) }),
  };
}
