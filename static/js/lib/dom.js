/**
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag @param {string} className @param {...(Node | string)} content
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function make(tag, className, ...content) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.append(...content);
  return made;
}

/** @param {ParentNode} root @param {string} selector an element that the page always has @returns {HTMLElement} */
export function one(root, selector) {
  const found = root.querySelector(selector);
  if (found) return /** @type {HTMLElement} */ (found);
  throw new Error(`the page has no ${selector}`);
}
