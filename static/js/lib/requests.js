/**
 * @typedef {{ok: true, [key: string]: any} | {ok: false, error: Refusal}} Ack
 * @typedef {{code: string, message: string, permanent: boolean, retry_after?: number}} Refusal `retry_after` in seconds
 */

/** No answer came. The server may or may not have acted: only a repeatable request may be tried again. */
export class Unanswered extends Error {}

/**
 * What was asked and not yet answered. Nothing is kept to be asked later behind anybody's back.
 * @param {{emit: (event: string, payload: object, ack: (answer: Ack) => void) => unknown}} socket
 * @param {{later: import("./timing.js").After, onAnswer: () => void, onTimeout: () => void}} around
 */
export function createRequests(socket, { later, onAnswer, onTimeout }) {
  /** @type {Set<(why: string) => void>} */
  const open = new Set();

  return {
    /** @param {string} event @param {object} payload @param {number} timeout ms @returns {Promise<Ack>} */
    ask(event, payload, timeout) {
      return new Promise((resolve, reject) => {
        const settle = () => { open.delete(fail); cancel(); };
        const fail = (/** @type {string} */ why) => { settle(); reject(new Unanswered(why)); };
        const cancel = later(timeout, () => { fail("timeout"); onTimeout(); });
        open.add(fail);
        socket.emit(event, payload, (ack) => {
          settle();
          onAnswer();
          resolve(ack);
        });
      });
    },

    /** @param {string} why */
    failAll(why) {
      for (const fail of [...open]) fail(why);
    },
  };
}
