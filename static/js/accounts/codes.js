/** Copy, print or save the recovery codes. Without this module they are a plain list on the page. */

function save(text, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

export function mount(section) {
  const tools = section.querySelector("[data-tools]");
  const status = section.querySelector("[role=status]");
  const text = [...section.querySelectorAll(".codes li")].map((item) => item.textContent.trim()).join("\n") + "\n";
  const copy = tools.querySelector("[data-copy]");
  copy.hidden = !navigator.clipboard; // only pages that came over https, or from this machine, have one
  copy.addEventListener("click", async () => {
    await navigator.clipboard.writeText(text);
    status.textContent = section.dataset.copied;
  });
  tools.querySelector("[data-print]").addEventListener("click", () => print());
  tools.querySelector("[data-download]").addEventListener("click", () => save(text, section.dataset.file));
  tools.hidden = false;
}
