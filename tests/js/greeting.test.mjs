import assert from "node:assert/strict";
import { test } from "node:test";

import { mount, partOfDay } from "../../static/js/boards/greeting.js";

test("the day is divided by the device's clock, and after midnight it is still evening", () => {
  const hours = { 0: "evening", 3: "evening", 4: "morning", 11: "morning", 12: "afternoon", 17: "afternoon", 18: "evening", 23: "evening" };
  for (const [hour, part] of Object.entries(hours)) assert.equal(partOfDay(Number(hour)), part, hour);
});

test("the heading takes the greeting of the hour, and keeps its own where there is none", () => {
  const heading = { textContent: "Hello, heath", dataset: { morning: "Good morning, heath" } };
  mount(heading, new Date(2026, 10, 23, 20, 0));
  assert.equal(heading.textContent, "Hello, heath");
  mount(heading, new Date(2026, 10, 23, 8, 0));
  assert.equal(heading.textContent, "Good morning, heath");
});
