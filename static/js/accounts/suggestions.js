import { one } from "../lib/dom.js";

/** Another pseudonym without a new page. Without this module the link loads the page anew, with another name in it. */

/**
 * Gives one name after the other; asks for more when the last one is given.
 * @param {string[]} names @param {() => Promise<string[]>} more
 */
export function walk(names, more) {
  const waiting = [...names];
  return async () => {
    if (!waiting.length) waiting.push(...(await more()));
    return waiting.shift();
  };
}

/** @param {string} url @returns {Promise<string[]>} */
async function ask(url) {
  const response = await fetch(url, { headers: { Accept: "application/json" } });
  return response.ok ? (await response.json()).pseudonyms : [];
}

/** @param {HTMLFormElement} form */
export function mount(form) {
  const link = /** @type {HTMLAnchorElement} */ (one(form, "[data-another]"));
  const told = one(form, "[data-suggested]");
  const field = /** @type {HTMLInputElement} */ (form.elements.namedItem("pseudonym"));
  const { names: given = "", more = "" } = form.dataset;
  const names = given.split(" ").filter((name) => name !== field.value);
  const next = walk(names, () => ask(more));
  link.addEventListener("click", async (event) => {
    event.preventDefault();
    const name = await next().catch(() => undefined);
    if (!name) {
      location.assign(link.href);
      return;
    }
    field.value = name;
    told.textContent = name;
  });
}
