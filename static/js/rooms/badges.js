/**
 * Counts beside the rooms of the side bar, moved by `room:heads`.
 * `<a data-room-link="slug" data-head="12">… <span data-badge hidden>0 …</span></a>`
 * @param {ParentNode} root
 */
export function createBadges(root) {
  /** @param {HTMLElement} link @param {number} head */
  function move(link, head) {
    const badge = /** @type {HTMLElement | null} */ (link.querySelector("[data-badge]"));
    if (!badge) return;
    const known = Number(link.dataset.head ?? head); // without a start, the first head heard is it
    const count = Number.parseInt(badge.textContent || "0", 10) + Math.max(0, head - known);
    link.dataset.head = String(Math.max(known, head));
    setCount(badge, count);
  }

  /** @param {HTMLElement} badge @param {number} count the words beside it, for screen readers, stay */
  function setCount(badge, count) {
    const number = [...badge.childNodes].find((node) => node.nodeType === Node.TEXT_NODE);
    if (number) number.nodeValue = String(count);
    badge.hidden = !count;
  }

  return {
    /** @param {Record<string, [string | number, number]>} heads @param {string} here the room that is open needs none */
    heads(heads, here) {
      for (const link of /** @type {NodeListOf<HTMLElement>} */ (root.querySelectorAll("[data-room-link]"))) {
        const head = heads[link.dataset.roomLink ?? ""];
        if (head && link.dataset.roomLink !== here) move(link, head[1]);
      }
    },
  };
}
