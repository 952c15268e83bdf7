/** Greets by the device's own clock. Without it the page greets by the zone of the account, or only says hello. */

/** @type {[number, string][]} */
const HOURS = [
  [4, "morning"],
  [12, "afternoon"],
  [18, "evening"],
];

/** @param {number} hour */
export function partOfDay(hour) {
  return HOURS.findLast(([from]) => hour >= from)?.[1] ?? "evening";
}

/** @param {Pick<HTMLElement, "textContent" | "dataset">} element */
export function mount(element, now = new Date()) {
  element.textContent = element.dataset[partOfDay(now.getHours())] ?? element.textContent;
}
