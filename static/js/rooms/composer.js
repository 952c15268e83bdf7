const SAY_LENGTH_FROM = 0.9; // of the limit

/**
 * What is typed stays until it is kept; what is refused comes back with the sentence. Without this module the form still posts.
 * @param {HTMLFormElement} form
 * @param {object} around
 * @param {(draft: {body: string, content_note?: string}) => Promise<unknown>} around.send resolves when the words are kept
 * @param {() => void} around.onTyping
 * @param {import("../lib/words.js").Words} around.words
 */
export function mountComposer(form, { send, onTyping, words }) {
  const body = /** @type {HTMLTextAreaElement} */ (form.elements.namedItem("body"));
  const note = /** @type {HTMLInputElement | null} */ (form.elements.namedItem("content_note"));
  const count = form.querySelector("[data-count]");
  const fault = /** @type {HTMLElement} */ (form.querySelector("[data-error]"));
  const limit = Number(form.dataset.limit) || 4_000;
  const hasKeyboard = matchMedia("(hover: hover) and (pointer: fine)");
  let busy = false;

  /** As the server counts: characters, composed. */
  const length = () => [...body.value.normalize("NFC").trim()].length;

  /** @param {string} sentence */
  function complain(sentence) {
    fault.textContent = sentence;
    fault.hidden = !sentence;
    body.toggleAttribute("aria-invalid", Boolean(sentence));
  }

  function showLength() {
    const n = limit - length();
    if (count) count.textContent = n > limit * (1 - SAY_LENGTH_FROM) ? "" : words.say(n < 0 ? "over" : "left", { n: Math.abs(n) });
  }

  async function submit() {
    const text = body.value.trim();
    const over = length() - limit;
    if (busy || !text) return body.focus();
    if (over > 0) return complain(words.say("too-long", { n: over }));
    busy = true;
    const typed = body.value;
    await send({ body: text, content_note: note?.value.trim() || undefined });
    if (body.value.startsWith(typed)) body.value = body.value.slice(typed.length); // typing may have gone on meanwhile
    if (note) note.value = "";
    note?.closest("details")?.removeAttribute("open");
    busy = false;
    complain("");
    showLength();
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    submit();
  });
  body.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || !hasKeyboard.matches) return;
    event.preventDefault();
    submit();
  });
  body.addEventListener("input", () => {
    complain("");
    showLength();
    if (body.value.trim()) onTyping();
  });
  showLength();

  return {
    /** Before whatever is being written now. @param {string} text @param {string} sentence */
    giveBack(text, sentence) {
      body.value = [text, body.value].filter((part) => part.trim()).join("\n\n");
      complain(sentence);
      showLength();
    },
  };
}
