const LONGEST = 60; // seconds, whatever the server says
const LATE = 15_000; // ms after the time that `drain` named in which coming back is still as announced

/** @param {unknown} seconds @returns {number} ms */
const wait = (seconds) => 1_000 * Math.min(LONGEST, Math.max(0, Number(seconds) || 0));

/**
 * What the server has said about coming back, until it has let us in again.
 * @param {() => number} now
 */
export function createWaits(now) {
  let notBefore = -Infinity;
  let calmUntil = -Infinity;

  return {
    /** It starts anew, and spreads its members over some seconds. @param {{reconnect_in?: unknown} | undefined} notice @returns {number} ms */
    announce(notice) {
      const ms = wait(notice?.reconnect_in);
      notBefore = now() + ms;
      calmUntil = notBefore + LATE;
      return ms;
    },
    /** It refused for now. @param {unknown} retryAfter seconds @param {number} more ms of chance, so that not all come at once */
    refuse(retryAfter, more) {
      const ms = wait(retryAfter);
      if (ms) notBefore = Math.max(notBefore, now() + ms + more);
    },
    /** @param {number} ms what one would wait by oneself */
    atLeast: (ms) => Math.max(ms, notBefore - now()),
    /** Being away is as it was announced. */
    get isAnnounced() { return now() < calmUntil; },
    over() { notBefore = calmUntil = -Infinity; },
  };
}
