/**
 * The server has sanitised twice; this is the wall behind it. What came is parsed where nothing runs or loads, and built anew
 * from a short list: no attribute survives but a link's way through this site and a list's first number.
 */

const TAGS = new Set(["P", "BR", "STRONG", "EM", "CODE", "PRE", "BLOCKQUOTE", "UL", "OL", "LI", "A"]);
const WITH_CONTENT = new Set(["SCRIPT", "STYLE", "TEMPLATE", "TITLE", "TEXTAREA", "IFRAME", "NOSCRIPT", "SVG", "MATH", "OBJECT"]);
const OWN_PATH = /^\/(?![/\\])[^\s\\]*$/;
const DEEPEST = 40;

/** @param {Element} source */
function copyOf(source) {
  const copy = document.createElement(source.tagName);
  const href = source.getAttribute("href") ?? "";
  if (copy instanceof HTMLAnchorElement && OWN_PATH.test(href)) {
    copy.setAttribute("href", href);
    copy.rel = "nofollow noopener noreferrer ugc";
    copy.target = "_blank";
  }
  const start = Number(source.getAttribute("start"));
  if (copy instanceof HTMLOListElement && Number.isInteger(start) && source.hasAttribute("start")) copy.start = start;
  return copy;
}

/** @param {Node} from @param {Node} into @param {number} depth */
function rebuild(from, into, depth) {
  for (const node of from.childNodes) {
    if (node.nodeType === Node.TEXT_NODE) into.appendChild(document.createTextNode(node.nodeValue ?? ""));
    if (!(node instanceof Element) || WITH_CONTENT.has(node.tagName.toUpperCase()) || depth > DEEPEST) continue;
    const isKnown = TAGS.has(node.tagName) && node instanceof HTMLElement;
    rebuild(node, isKnown ? into.appendChild(copyOf(node)) : into, depth + 1); // an unknown tag goes, its words stay
  }
}

/** @param {string} html */
export function safeFragment(html) {
  const parsed = new DOMParser().parseFromString(html, "text/html");
  const fragment = document.createDocumentFragment();
  rebuild(parsed.body, fragment, 0);
  return fragment;
}
