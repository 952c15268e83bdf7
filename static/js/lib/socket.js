import { io } from "../../vendor/socket.io.esm.min.js";
import { createConnection } from "./connection.js";

/** @type {import("./connection.js").Connection | undefined} */
let shared;

/** @type {import("./connection.js").Network} */
const network = {
  online: () => navigator.onLine,
  onChange(act) {
    addEventListener("online", act);
    addEventListener("offline", act);
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && act());
  },
};

/**
 * The one connection of this page. The server refuses it when the session is no longer `account`'s, so that a page left
 * open never speaks in the name of whoever signed in after.
 * @param {string} account pseudonym
 */
export function connection(account) {
  if (!shared) {
    const socket = io({ transports: ["websocket"], reconnection: false, autoConnect: false, timeout: 10_000, auth: { account } });
    shared = createConnection(socket, { network });
    shared.open();
  }
  return shared;
}
