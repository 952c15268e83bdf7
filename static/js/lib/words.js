/**
 * Sentences that the server wrote into the page, in the reader's language: `<dl hidden data-words><dt>key</dt><dd>text with {places}</dd></dl>`.
 * A `<dd>` may hold markup (a link). Plurals are keys with a CLDR category behind them: `waiting.one`, `waiting.other`.
 * @typedef {Record<string, string | number>} Values
 * @typedef {{has: (key: string) => boolean, say: (key: string, values?: Values) => string, show: (key: string, values?: Values) => DocumentFragment}} Words
 */

const PLACE = /\{(\w+)\}/g;

/** @param {string} text @param {Values} values */
const fill = (text, values) => text.replace(PLACE, (place, name) => String(values[name] ?? place));

/** @param {ParentNode} root @returns {Words} */
export function wordsIn(root) {
  /** @type {Map<string, Element>} */
  const found = new Map();
  for (const term of root.querySelectorAll("[data-words] dt")) {
    if (term.nextElementSibling) found.set(term.textContent.trim(), term.nextElementSibling);
  }
  const plural = new Intl.PluralRules(document.documentElement.lang || "en");

  /** @param {string} key @param {Values} values */
  const find = (key, values) =>
    found.get(key) ?? found.get(`${key}.${plural.select(Number(values.n ?? 0))}`) ?? found.get(`${key}.other`);

  return {
    has: (key) => found.has(key),
    say: (key, values = {}) => fill(find(key, values)?.textContent.trim() ?? "", values),
    show(key, values = {}) {
      const part = document.createDocumentFragment();
      const source = find(key, values);
      if (source) part.append(...source.cloneNode(true).childNodes);
      const texts = document.createTreeWalker(part, NodeFilter.SHOW_TEXT);
      while (texts.nextNode()) texts.currentNode.nodeValue = fill(texts.currentNode.nodeValue ?? "", values);
      return part;
    },
  };
}
