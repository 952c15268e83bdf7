import { after } from "./timing.js";

const PATIENCE = 3_000; // ms in the queue before asking whether the one ahead is still at work
const ANSWER = 1_000; // ms

/**
 * @typedef {() => boolean} IsMine whether the turn has not been taken away
 * @typedef {(name: string, work: (isMine: IsMine) => Promise<void>) => Promise<void>} TakeTurn
 * @typedef {Pick<LockManager, "request">} Locks
 * @typedef {{postMessage: (said: {ask?: string, held?: string}) => void, onmessage: ((heard: MessageEvent) => void) | null}} Channel
 */

/** Without Web Locks several pages may work at once. @type {TakeTurn} */
export const alone = (_name, work) => work(() => true);

/**
 * One page of this browser at a time does what has a name. The turn ends with the work or with the page; and a page that somebody
 * looks at takes it from one that is out of sight, because that one may be frozen, or run on a slowed clock.
 * What was taken from does not know at once, so the work must bear being done twice.
 * @param {{locks: Locks, channel: Channel, isVisible: () => boolean, later?: import("./timing.js").After}} around
 * @returns {TakeTurn}
 */
export function createTurns({ locks, channel, isVisible, later = after }) {
  /** @type {Set<string>} */
  const mine = new Set();
  /** @type {Map<string, () => void>} name → somebody who is looked at has it */
  const asking = new Map();

  channel.onmessage = ({ data: { ask, held } }) => {
    if (ask && mine.has(ask) && isVisible()) channel.postMessage({ held: ask });
    asking.get(held)?.();
  };

  /** @param {number} ms */
  const pause = (ms) => new Promise((resolve) => later(ms, () => resolve(undefined)));

  /** Resolves when the one ahead does not answer while somebody looks at this page. @param {string} name @param {AbortSignal} ended */
  async function lostPatience(name, ended) {
    while (!ended.aborted) {
      await pause(PATIENCE);
      if (ended.aborted || !isVisible()) continue;
      let isHeld = false;
      asking.set(name, () => { isHeld = true; });
      channel.postMessage({ ask: name });
      await pause(ANSWER);
      asking.delete(name);
      if (!isHeld) return;
    }
  }

  return async function take(name, work) {
    const queue = new AbortController();
    const arrived = new AbortController();
    /** Runs the work as long as the turn lasts. @param {LockOptions} how */
    const request = async (how) => {
      let isMine = true;
      try {
        await locks.request(name, how, async () => {
          arrived.abort();
          mine.add(name);
          await work(() => isMine).finally(() => isMine && mine.delete(name));
        });
      } catch (error) {
        isMine = false;
        mine.delete(name);
        if (/** @type {Error} */ (error).name !== "AbortError") throw error;
      }
    };
    const queued = request({ signal: queue.signal });
    lostPatience(name, arrived.signal).then(() => {
      if (arrived.signal.aborted) return;
      queue.abort();
    });
    await queued;
    if (queue.signal.aborted && !arrived.signal.aborted) await request({ steal: true });
  };
}
