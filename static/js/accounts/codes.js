import { one } from "../lib/dom.js";

/** Copy, print or save the recovery codes. Without this module they are a plain list on the page. */

/** @param {string} text @param {string} name */
function save(text, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

/** @param {HTMLElement} section */
export function mount(section) {
  const { copied = "", file = "" } = section.dataset;
  const tools = one(section, "[data-tools]");
  const status = one(section, "[role=status]");
  const text = [...section.querySelectorAll(".codes li")].map((item) => item.textContent.trim()).join("\n") + "\n";
  const copy = one(tools, "[data-copy]");
  copy.hidden = !navigator.clipboard; // only pages that came over https, or from this machine, have one
  copy.addEventListener("click", async () => {
    await navigator.clipboard.writeText(text);
    status.textContent = copied;
  });
  one(tools, "[data-print]").addEventListener("click", () => print());
  one(tools, "[data-download]").addEventListener("click", () => save(text, file));
  tools.hidden = false;
}
