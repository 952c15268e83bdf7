/**
 * Sentences that the server wrote into the page, in the reader's language:
 * `<dl hidden data-words><dt>key</dt><dd>text with {places}</dd></dl>`, plurals as `key-one` and `key-many`.
 * @typedef {(key: string, values?: Record<string, string | number>) => string} Words an unknown key says nothing
 */

const PLACE = /\{(\w+)\}/g;

/** @param {ParentNode} root @returns {Words} */
export function wordsIn(root) {
  /** @type {Map<string, string>} */
  const found = new Map();
  for (const term of root.querySelectorAll("[data-words] dt")) {
    found.set(term.textContent.trim(), term.nextElementSibling?.textContent?.trim() ?? "");
  }
  return (key, values = {}) => {
    const counted = values.count === undefined ? key : `${key}-${values.count === 1 ? "one" : "many"}`;
    const text = found.get(counted) ?? found.get(key) ?? "";
    return text.replace(PLACE, (place, name) => String(values[name] ?? place));
  };
}
