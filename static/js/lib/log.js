import { after, fullJitter } from "./timing.js";

/**
 * @typedef {{room: string, epoch: string | number, seq: number, kind: string, [key: string]: any}} RoomEvent
 * @typedef {{epoch: string | number, head: number, events: RoomEvent[], more: boolean, reset?: boolean}} Page
 * @typedef {object} LogWiring
 * @property {(after?: number) => Promise<Page>} join tells the server to push, and asks for what came after; without `after`, for the newest page
 * @property {(after: number) => Promise<Page>} sync
 * @property {(events: RoomEvent[]) => void} onEvents the next events: every one once, in order
 * @property {(page: Page) => void} onReset what was shown is void; `onEvents` brings the newest page after this
 * @property {(refusal: import("./requests.js").Refusal) => void} [onRefused] a permanent refusal: the log stays still until `connected()`
 * @property {import("./timing.js").After} [later]
 * @property {() => number} [random]
 */

const MOST_HELD = 1_000; // what is not held is fetched again

/**
 * One room's log as this page has it. Pushes are hints: they may be lost, doubled and out of order, and nothing shows.
 * @param {LogWiring} wiring
 * @param {{epoch: string | number, seq: number}} [from] what the page showed when it was made
 */
export function createLog({ join, sync, onEvents, onReset, onRefused = () => {}, later = after, random = Math.random }, from) {
  let epoch = String(from?.epoch); // a number in some places, an attribute of the page in others
  let have = from?.seq ?? 0;
  let stale = !from; // what we have belongs to another epoch, or is too old to continue from
  let online = false;
  let joined = false;
  let connection = 0; // counts connections: a run started on an earlier one ends
  let running = false;
  let again = false;
  /** @type {Map<number, RoomEvent>} */
  const held = new Map();

  /** @param {{epoch: string | number}} what */
  const isOurs = (what) => String(what.epoch) === epoch;

  /** @param {RoomEvent[]} events ascending */
  function apply(events) {
    const next = events.filter((event) => event.seq > have);
    have = next.at(-1)?.seq ?? have;
    for (let event; (event = held.get(have + 1)); have += 1) next.push(event);
    for (const seq of held.keys()) if (seq <= have) held.delete(seq);
    if (next.length) onEvents(next);
  }

  /** @param {Page} page */
  function startFrom(page) {
    stale = false;
    epoch = String(page.epoch);
    have = page.events.length ? page.events[0].seq - 1 : page.head;
    for (const [seq, event] of held) if (!isOurs(event)) held.delete(seq);
    onReset(page);
    apply(page.events);
  }

  /** @param {Page} page @param {boolean} newest */
  function take(page, newest) {
    if (newest) return startFrom(page);
    if (page.reset || !isOurs(page)) return forget();
    apply(page.events);
  }

  function forget() {
    stale = true;
    joined = false;
  }

  async function ask() {
    if (joined && !stale) return { newest: false, page: await sync(have) };
    const newest = stale;
    return { newest, page: await join(newest ? undefined : have) };
  }

  /** One page. @param {() => boolean} isCurrent @returns whether another should follow */
  async function fetchOnce(isCurrent) {
    again = false;
    const before = have;
    const { page, newest } = await ask();
    if (!isCurrent()) return false;
    joined = true;
    take(page, newest);
    return stale || again || (!newest && page.more && have > before);
  }

  async function catchUp() {
    if (!online) return;
    again = true;
    if (running) return;
    running = true;
    const mine = connection;
    const isCurrent = () => mine === connection;
    for (let failures = 0; isCurrent(); ) {
      try {
        if (!(await fetchOnce(isCurrent))) break;
        failures = 0;
      } catch (/** @type {any} */ error) {
        if (!isCurrent()) return;
        if (error?.permanent) { onRefused(error); break; }
        joined = false; // the server may not know us here any more; joining says where we are, too
        const pause = 1_000 * (error?.retry_after ?? 0) + fullJitter(failures++, random);
        await new Promise((wake) => later(pause, () => wake(undefined)));
      }
    }
    if (isCurrent()) running = false;
  }

  return {
    get have() { return have; },
    get epoch() { return epoch; },
    /** Pushes arrive and the server knows that we listen. */
    get isJoined() { return online && joined && !stale; },

    connected() {
      connection += 1;
      online = true;
      return catchUp();
    },

    /** Asks whether there is more: the pushes alone do not tell when they have stopped. */
    check: catchUp,

    disconnected() {
      connection += 1;
      online = joined = running = false;
    },

    /** @param {RoomEvent} event */
    push(event) {
      const continues = !stale && isOurs(event);
      if (continues && event.seq <= have) return;
      if (continues && event.seq === have + 1) return apply([event]);
      if (!continues) forget();
      if (held.size < MOST_HELD) held.set(event.seq, event);
      catchUp();
    },

    /** @param {string | number} itsEpoch @param {number} itsHead */
    heads(itsEpoch, itsHead) {
      const continues = !stale && isOurs({ epoch: itsEpoch });
      if (continues && itsHead <= have) return;
      if (!continues) forget();
      catchUp();
    },
  };
}
