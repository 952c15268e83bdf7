/**
 * Shows times in the device's zone. The zone travels in the address of this page and is kept nowhere; it is
 * asked for only where nobody has said a zone and the one that was assumed shows other times.
 * @param {HTMLElement} list
 */
export function mount(list) {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (!zone || sameTimes(zone, list.dataset.zone ?? "")) return;
  const here = new URL(location.href);
  here.searchParams.set("tz", zone);
  location.replace(here);
}

/** @param {string} one @param {string} other */
function sameTimes(one, other) {
  const now = Date.now();
  const months = Array.from({ length: 12 }, (_, month) => new Date(now + month * 30 * 86_400_000));
  return months.every((at) => wallClock(at, one) === wallClock(at, other));
}

/** @param {Date} at @param {string} timeZone */
function wallClock(at, timeZone) {
  return at.toLocaleString("en", { timeZone });
}
