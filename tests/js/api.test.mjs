import assert from "node:assert/strict";
import { test } from "node:test";

import { createApi } from "../../static/js/lib/api.js";
import { Unanswered } from "../../static/js/lib/requests.js";

/** @param {number} status @param {object} [headers] */
const problem = (status, headers = {}) =>
  Response.json({ code: "x", title: "A sentence." }, { status, headers: { "Content-Type": "application/problem+json", ...headers } });

/** @param {...(() => Response | Promise<Response>)} answers one after another; the last one stays */
function setUp(...answers) {
  /** @type {(RequestInit & {path: string, headers: Record<string, string>})[]} */
  const asked = [];
  /** @type {typeof fetch} */
  const request = async (path, how) => {
    asked.push(/** @type {any} */ ({ path, ...how }));
    return (answers.length > 1 ? answers.shift() : answers[0])?.() ?? assert.fail();
  };
  return { asked, api: createApi({ account: "still-wasser-ü", csrfToken: "first", request }) };
}

test("an answer is an acknowledgement, and the question says for whom it is asked", async () => {
  const { api, asked } = setUp(() => Response.json({ cid: "c1", seq: 4 }));
  assert.deepEqual(await api.post("/api/v1/x", { cid: "c1" }), { ok: true, cid: "c1", seq: 4 });
  assert.equal(asked[0].method, "POST");
  assert.equal(asked[0].body, '{"cid":"c1"}');
  assert.equal(asked[0].headers["X-CSRFToken"], "first");
  assert.equal(decodeURIComponent(asked[0].headers["X-Account"]), "still-wasser-ü");
});

test("refusals say whether to try again, and when", async () => {
  const cases = /** @type {const} */ ([[401, true], [403, true], [404, true], [409, true], [422, true], [429, false], [500, false], [503, false]]);
  for (const [status, permanent] of cases) {
    const { api } = setUp(() => problem(status, { "Retry-After": "7" }));
    const error = { code: "x", message: "A sentence.", permanent, retry_after: 7 };
    assert.deepEqual(await api.get("/api/v1/x"), { ok: false, error }, String(status));
  }
});

test("what did not come from our server decides nothing", async () => {
  for (const status of [401, 403, 404, 413, 502]) {
    const { api } = setUp(() => new Response("<h1>Please sign in to the train</h1>", { status, headers: { "Content-Type": "text/html" } }));
    const answer = await api.get("/api/v1/x");
    assert.ok(!answer.ok && !answer.error.permanent && answer.error.code !== "sign_in", String(status));
  }
  const { api } = setUp(() => new Response("<h1>Welcome aboard</h1>", { status: 200 }));
  await assert.rejects(api.post("/api/v1/x", {}), Unanswered);
});

test("no network is no answer", async () => {
  const { api } = setUp(() => Promise.reject(new TypeError("Failed to fetch")));
  await assert.rejects(api.get("/api/v1/x"), Unanswered);
});

test("a page older than its session takes the session's token and asks once more", async () => {
  const page = () => new Response('<input type="hidden" name="csrf_token" value="second">');
  const { api, asked } = setUp(() => problem(400), page, () => Response.json({ seq: 1 }));
  assert.equal((await api.post("/api/v1/x", { cid: "c1" })).ok, true);
  assert.deepEqual(asked.map(({ path }) => path), ["/api/v1/x", "/rooms", "/api/v1/x"]);
  assert.equal(asked[2].headers["X-CSRFToken"], "second");
});

test("where there is no other token it is not asked for ever", async () => {
  const same = () => new Response('<input name="csrf_token" value="first">');
  const { api, asked } = setUp(() => problem(400), same);
  const answer = await api.post("/api/v1/x", {});
  assert.ok(!answer.ok && !answer.error.permanent);
  assert.equal(asked.length, 2);
});
