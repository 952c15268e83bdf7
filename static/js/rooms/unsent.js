import { one } from "../lib/dom.js";
import { openStore } from "../lib/outbox-store.js";
import { otherTabs } from "./posting.js";

/**
 * Words that were refused, where their room gives no place to change them: shown until their writer has done with them.
 * @param {HTMLElement} place
 */
export async function mount(place) {
  const { account = "" } = place.dataset;
  const list = one(place, "[data-list]");
  const template = /** @type {HTMLTemplateElement} */ (one(place, "template"));
  const store = openStore();
  const tell = otherTabs(account, draw);
  await draw();

  async function draw() {
    const kept = await store.list(account).catch(() => null);
    if (!kept) return; // it does not tell: what is shown stays
    const refused = kept.filter((item) => item.refusal);
    list.replaceChildren(...refused.map(row));
    place.hidden = !refused.length;
  }

  /** @param {import("../lib/outbox-store.js").Item} item */
  function row(item) {
    const made = /** @type {HTMLElement} */ (one(template.content, "li").cloneNode(true));
    one(made, "[data-body]").textContent = item.body;
    one(made, "[data-why]").textContent = item.refusal?.message ?? "";
    one(made, "button").addEventListener("click", async () => {
      await store.remove(item);
      tell({ kind: "gone", item });
      await draw();
    });
    return made;
  }
}
