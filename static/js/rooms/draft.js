/**
 * What is being written, kept by this tab until it is sent: a page that is loaded anew, or left for the sign-in page, loses no word.
 * Gone with the tab, with signing out and with leaving at once.
 * @typedef {{body: string, content_note?: string}} Draft
 * @param {string} account @param {string} room @param {() => Storage} [storage] may be switched off
 */
export function createDraft(account, room, storage = () => sessionStorage) {
  const own = `draft ${account} `;
  const key = own + room;

  function forgetOthers() {
    for (const name of Object.keys(storage())) if (name.startsWith("draft ") && !name.startsWith(own)) storage().removeItem(name);
  }

  return {
    /** @returns {Draft} */
    read() {
      try {
        forgetOthers(); // somebody else has had this tab
        return { body: "", ...JSON.parse(storage().getItem(key) ?? "{}") };
      } catch {
        return { body: "" };
      }
    },
    /** @param {Draft} draft */
    keep(draft) {
      try {
        if (draft.body || draft.content_note) storage().setItem(key, JSON.stringify(draft));
        else storage().removeItem(key);
      } catch {
        // full or switched off: the box itself still has the words
      }
    },
  };
}
