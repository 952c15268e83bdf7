import { one } from "../lib/dom.js";

/** Picks the device's own time zone from the list, when it is there. */

/** @param {HTMLFormElement} form */
export function mount(form) {
  const list = /** @type {HTMLSelectElement} */ (form.elements.namedItem("time_zone"));
  const button = one(form, "[data-here]");
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (![...list.options].some((option) => option.value === here)) return;
  button.hidden = false;
  button.addEventListener("click", () => {
    list.value = here;
  });
}
