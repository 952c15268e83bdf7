/** Shows <time datetime data-format="time|day|relative"> in the zone and the way of the device. */

const MINUTE = 60;
/** @type {[Intl.RelativeTimeFormatUnit, number][]} */
const STEPS = [
  ["minute", MINUTE],
  ["hour", 60 * MINUTE],
  ["day", 24 * 60 * MINUTE],
];
const REFRESH = 30_000;

const language = document.documentElement.lang;
const clock = new Intl.DateTimeFormat(language, { hour: "numeric", minute: "2-digit" });
const day = new Intl.DateTimeFormat(language, { weekday: "long", day: "numeric", month: "long" });
const weekday = new Intl.DateTimeFormat(language, { weekday: "long" });
const full = new Intl.DateTimeFormat(language, { dateStyle: "full", timeStyle: "short" });
const distance = new Intl.RelativeTimeFormat(language, { numeric: "auto", style: "short" });

/** @param {Date} at */
const midnight = (at) => new Date(at.getFullYear(), at.getMonth(), at.getDate());
/** @param {Date} at @param {Date} now */
const daysAgo = (at, now) => Math.round((midnight(now).getTime() - midnight(at).getTime()) / 86_400_000);

/** @param {Date} at */
export function dayName(at, now = new Date()) {
  const ago = daysAgo(at, now);
  if (ago === 0 || ago === 1) return distance.format(-ago, "day");
  return ago > 1 && ago < 7 ? weekday.format(at) : day.format(at);
}

/** @param {Date} at */
export function relative(at, now = new Date()) {
  const seconds = (at.getTime() - now.getTime()) / 1000;
  if (Math.abs(seconds) >= 7 * STEPS[2][1]) return day.format(at);
  const [unit, size] = STEPS.findLast(([, step]) => Math.abs(seconds) >= step) ?? STEPS[0];
  return distance.format(Math.trunc(seconds / size), unit);
}

/** @type {Record<string, (at: Date) => string>} */
const FORMATS = { time: (at) => clock.format(at), day: dayName, relative };

/** @param {ParentNode} root @param {string} [only] the end of a selector */
export function renderTimes(root, only = "") {
  const times = /** @type {NodeListOf<HTMLTimeElement>} */ (root.querySelectorAll(`time[data-format${only}]`));
  for (const element of times) {
    const at = new Date(element.dateTime);
    const show = FORMATS[element.dataset.format ?? ""];
    if (!show || Number.isNaN(at.getTime())) continue;
    element.textContent = show(at);
    element.title = full.format(at);
  }
}

/** @param {HTMLElement} root */
export function mount(root) {
  renderTimes(root);
  setInterval(() => renderTimes(root, '="relative"'), REFRESH);
}
