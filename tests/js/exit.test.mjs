import assert from "node:assert/strict";
import { test } from "node:test";

import { shiftCounter } from "../../static/js/ui/exit.js";

/** @param {string} key @param {number} timeStamp */
const press = (key, timeStamp, repeat = false) => ({ key, timeStamp, repeat });
/** @param {...import("../../static/js/ui/exit.js").Press} presses */
const pressed = (...presses) => presses.map(shiftCounter());

test("Shift three times in time leaves", () => {
  assert.deepEqual(pressed(press("Shift", 0), press("Shift", 400), press("Shift", 900)), [false, false, true]);
});

test("Shift three times slowly stays", () => {
  assert.equal(pressed(press("Shift", 0), press("Shift", 900), press("Shift", 1600)).at(-1), false);
});

test("a slow start does not spoil three quick presses", () => {
  assert.equal(pressed(press("Shift", 0), press("Shift", 3000), press("Shift", 3300), press("Shift", 3600)).at(-1), true);
});

test("typing capitals stays", () => {
  const typing = [press("Shift", 0), press("A", 50), press("Shift", 200), press("B", 250), press("Shift", 400), press("C", 450)];
  assert.ok(!pressed(...typing).includes(true));
});

test("holding Shift stays", () => {
  assert.ok(!pressed(press("Shift", 0), press("Shift", 30, true), press("Shift", 60, true), press("Shift", 90, true)).includes(true));
});
