import assert from "node:assert/strict";
import { test } from "node:test";

import { atMostEvery, fullJitter } from "../../static/js/lib/timing.js";
import { uuid4 } from "../../static/js/lib/uuid.js";
import { createClock } from "./clock.mjs";

test("back-off spreads from nothing to a ceiling that doubles from one second to thirty", () => {
  for (let attempt = 0; attempt < 40; attempt += 1) {
    const ceiling = Math.min(30_000, 1_000 * 2 ** attempt);
    assert.equal(fullJitter(attempt, () => 0), 0);
    assert.equal(fullJitter(attempt, () => 0.5), ceiling / 2);
    assert.ok(fullJitter(attempt) < ceiling);
  }
});

test("at most one call in a span, at once when quiet, and the last value is never lost", async () => {
  const clock = createClock();
  /** @type {[number, number][]} */
  const calls = [];
  const tell = atMostEvery(2_000, (/** @type {number} */ value) => calls.push([clock.now(), value]), clock.later);
  tell(1);
  tell(2);
  await clock.advance(1_000);
  tell(3);
  await clock.advance(5_000);
  tell(4);
  await clock.advance(10_000);
  assert.deepEqual(calls, [[0, 1], [2_000, 3], [6_000, 4]]);
});

test("a cid is a version 4 UUID, also where randomUUID is missing", () => {
  const shape = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
  const plainHttp = { getRandomValues: (/** @type {Uint8Array<ArrayBuffer>} */ bytes) => crypto.getRandomValues(bytes) };
  for (const source of [crypto, plainHttp]) {
    const made = new Set(Array.from({ length: 200 }, () => uuid4(source)));
    assert.equal(made.size, 200);
    for (const cid of made) assert.match(cid, shape);
  }
});
