/** Picks the device's own time zone from the list, when it is there. */

export function mount(form) {
  const list = form.elements.time_zone;
  const button = form.querySelector("[data-here]");
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (![...list.options].some((option) => option.value === here)) return;
  button.hidden = false;
  button.addEventListener("click", () => {
    list.value = here;
  });
}
