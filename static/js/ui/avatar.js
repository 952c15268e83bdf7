/** Small landscapes from a random seed: the twin of recovery_net/core/avatars.py, held to it by tests/ui/avatars.json. */

const SVG = "http://www.w3.org/2000/svg";

const PALETTES = [
  ["#dbd3ac", "#879d68", "#67712e"],
  ["#dbd3ac", "#879d68", "#866024"],
  ["#f1c4cc", "#bc826b", "#90516f"],
  ["#eec8b6", "#ad8d59", "#98534b"],
  ["#f0c4c0", "#b8865f", "#92505f"],
  ["#abdae0", "#6299be", "#1c7392"],
  ["#cfe0d4", "#7fa99b", "#2f6b63"],
  ["#d9d0e6", "#9a8fbf", "#5b4f86"],
  ["#f3ddb0", "#c99a6b", "#7a4e57"],
  ["#cbd8de", "#8aa0ad", "#47616f"],
];

/** @param {string} seed */
function numbers(seed) {
  let state = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(seed)) state = Math.imul(state ^ byte, 0x01000193);
  state ||= 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 8;
  };
}

/** @param {[number, number, number]} place */
function hill([shift, base, rise]) {
  return `M-${shift} ${base}q16-${rise} 32 0t32 0t32 0t32 0V64H-${shift}Z`;
}

/**
 * The shapes from back to front, each a tag and its attributes.
 * @typedef {Record<string, string | number>} Attributes
 * @param {string} seed @returns {[string, Attributes][]}
 */
export function shapes(seed) {
  const draw = numbers(seed);
  const between = (/** @type {number} */ low, /** @type {number} */ high) => low + (draw() % (high - low + 1));
  const [sky, far, near] = PALETTES[between(0, PALETTES.length - 1)];
  const [cx, cy, r] = [between(14, 50), between(14, 22), between(5, 8)];
  /** @type {[number, number, number]} */
  const farHill = [between(0, 63), between(36, 41), between(12, 20)];
  /** @type {[number, number, number]} */
  const nearHill = [between(0, 63), between(48, 53), between(12, 20)];
  return [
    ["path", { fill: sky, d: "M0 0H64V64H0Z" }],
    ["circle", { fill: near, "fill-opacity": ".85", cx, cy, r }],
    ["path", { fill: far, d: hill(farHill) }],
    ["path", { fill: near, d: hill(nearHill) }],
  ];
}

/** @param {string} tag @param {Attributes} attributes */
function element(tag, attributes) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  return made;
}

/** @param {string} seed @param {string} [size] */
export function landscape(seed, size) {
  const picture = element("svg", {
    class: size ? `avatar avatar-${size}` : "avatar",
    viewBox: "0 0 64 64",
    width: 40,
    height: 40,
    "aria-hidden": "true",
    focusable: "false",
  });
  picture.append(...shapes(seed).map(([tag, attributes]) => element(tag, attributes)));
  return picture;
}
