const KEY = "sockets are blocked";

/**
 * Whether this tab last had to do without a socket: then the next page asks over plain HTTP from its start.
 * @param {() => Storage} [storage] may be switched off
 * @returns {import("./following.js").Memory}
 */
export function blockedSockets(storage = () => sessionStorage) {
  return {
    wasBlocked() {
      try {
        return storage().getItem(KEY) !== null;
      } catch {
        return false;
      }
    },
    note(isBlocked) {
      try {
        if (isBlocked) storage().setItem(KEY, "1");
        else storage().removeItem(KEY);
      } catch {
        // nothing is remembered then
      }
    },
  };
}
