import { atMostEvery } from "../lib/timing.js";

const PAUSE = 2_000; // ms between two marks

/**
 * Tells the server how far was read: only forward, only while somebody is looking.
 * @param {(seq: number) => boolean | Promise<boolean>} tell whether the server has it; what it has not is told again
 * @param {number} from
 * @param {import("../lib/timing.js").After} [later]
 */
export function createReadMark(tell, from, later) {
  let told = from;
  const mark = atMostEvery(PAUSE, async (/** @type {number} */ seq) => {
    if (seq <= told) return;
    const before = told;
    told = seq;
    if (!(await tell(seq)) && told === seq) told = before;
  }, later);

  return {
    /** @param {number} seq @param {boolean} isLooking */
    read(seq, isLooking) {
      if (isLooking && seq > told) mark(seq);
    },
    /** Another log: its numbers start anew. @param {number} seq */
    restart(seq) {
      told = seq;
    },
  };
}
