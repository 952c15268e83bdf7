const CLOSE = 64; // px from the end that still count as the end

/**
 * Stays at the end only when the reader is there; otherwise what they read keeps its place and a pill says that more has come.
 * The scroller is a reversed column: 0 is the end, above it is negative (static/css/room.css).
 * @param {HTMLElement} scroller
 * @param {HTMLElement} pill
 * @param {object} around
 * @param {(n: number) => void} around.onArrived how many have come below the reader
 * @param {() => void} around.onEnd the reader has come to the end
 */
export function createScroll(scroller, pill, { onArrived, onEnd }) {
  let arrived = 0;
  let atEnd = isAtEnd();
  scroller.style.overflowAnchor = "none"; // places are kept here, alike in every browser

  function isAtEnd() {
    return scroller.scrollTop > -CLOSE;
  }

  /** The first message on screen: what the reader is reading. */
  function inView() {
    const top = scroller.getBoundingClientRect().top;
    return [...scroller.querySelectorAll(".message")].find((message) => message.getBoundingClientRect().bottom > top);
  }

  function reached() {
    const wasAtEnd = atEnd;
    atEnd = isAtEnd();
    if (!atEnd || wasAtEnd) return;
    arrived = 0;
    pill.hidden = true;
    onEnd();
  }

  function toEnd() {
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    scroller.scrollTo({ top: 0, behavior: calm ? "auto" : "smooth" });
  }

  scroller.addEventListener("scroll", reached, { passive: true });
  pill.addEventListener("click", toEnd);

  return {
    get atEnd() { return atEnd; },
    toEnd,

    /** Changes the list without moving what is read. @template T @param {() => T} change @returns {T} */
    keep(change) {
      if (atEnd) {
        const made = change();
        scroller.scrollTop = 0;
        return made;
      }
      const anchor = inView();
      const before = anchor?.getBoundingClientRect().top ?? 0;
      const made = change();
      if (anchor?.isConnected) scroller.scrollTop += anchor.getBoundingClientRect().top - before;
      return made;
    },

    /** @param {number} n messages of others that came in below */
    news(n) {
      if (atEnd || !n) return;
      arrived += n;
      onArrived(arrived);
      pill.hidden = false;
    },
  };
}
