import { createApi } from "../lib/api.js";
import { openStore } from "../lib/outbox-store.js";
import { createOutbox } from "../lib/outbox.js";
import { csrfToken, otherTabs, post, turnsOf } from "./posting.js";

/**
 * What waits from a tab that was closed goes out from whatever page is opened next. A refusal waits for its room's page.
 * @param {HTMLElement} page
 */
export async function mount(page) {
  if (document.querySelector('[data-module~="rooms/room"]')) return; // it sends them itself
  const { account = "" } = page.dataset;
  const store = openStore();
  const kept = await store.list(account).catch(() => null); // who cannot tell now is asked again
  if (kept && !kept.some((item) => !item.refusal)) return;
  const api = createApi({ account, csrfToken: csrfToken() });
  const outbox = createOutbox({
    account,
    store,
    turns: turnsOf(account),
    onChange: otherTabs(account),
    async send(item) {
      const ack = await post(api, item);
      if (ack.ok || ack.error.code !== "sign_in") return ack;
      outbox.stop(); // they stay for their owner
      throw ack.error;
    },
  });
  addEventListener("online", outbox.nudge);
  outbox.resume();
}
