import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { shapes } from "../../static/js/ui/avatar.js";

/** @type {Record<string, string>} */
const vectors = JSON.parse(readFileSync(new URL("../ui/avatars.json", import.meta.url), "utf8"));

/** @param {ReturnType<typeof shapes>[number]} shape */
const written = ([tag, attributes]) =>
  `<${tag} ${Object.entries(attributes).map(([name, value]) => `${name}="${value}"`).join(" ")}/>`;

test("the browser draws the landscapes that the server draws", () => {
  for (const [seed, picture] of Object.entries(vectors)) {
    assert.equal(shapes(seed).map(written).join(""), picture.replace(/^<svg[^>]*>|<\/svg>$/g, ""), seed);
  }
});
