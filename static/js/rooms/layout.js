/** How a message stands to the one before it. Pure, so that a page from the server and a push are laid out alike. */

const TOGETHER = 5 * 60_000; // ms between two messages of one breath

/**
 * @typedef {{author: string, at: Date}} Said
 * @param {Said | null} before
 * @param {Said} said
 * @returns {{newDay: boolean, continues: boolean}} the day is the reader's own
 */
export function layOut(before, said) {
  const newDay = !before || before.at.toDateString() !== said.at.toDateString();
  const apart = before ? said.at.getTime() - before.at.getTime() : Infinity;
  return { newDay, continues: !newDay && before?.author === said.author && apart < TOGETHER };
}
