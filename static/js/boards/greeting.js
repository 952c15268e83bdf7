/** Greets by the device's own clock. Without it the page greets by the zone of the account, or only says hello. */

const HOURS = [
  [4, "morning"],
  [12, "afternoon"],
  [18, "evening"],
];

export function partOfDay(hour) {
  return HOURS.findLast(([from]) => hour >= from)?.[1] ?? "evening";
}

export function mount(element, now = new Date()) {
  element.textContent = element.dataset[partOfDay(now.getHours())] ?? element.textContent;
}
