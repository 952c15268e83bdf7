import { one } from "../lib/dom.js";

const COUNTED_FROM = 0.9; // of the limit

/**
 * What is typed stays until it is kept; what is refused comes back with the sentence. Without this module the form still posts.
 * @param {HTMLFormElement} form
 * @param {object} around
 * @param {(draft: {body: string, content_note?: string}) => Promise<unknown>} around.send resolves when the words are kept
 * @param {() => void} around.onTyping
 * @param {ReturnType<typeof import("./draft.js").createDraft>} around.draft
 * @param {import("../lib/words.js").Words} around.words
 */
export function mountComposer(form, { send, onTyping, draft, words }) {
  const body = /** @type {HTMLTextAreaElement} */ (form.elements.namedItem("body"));
  const note = /** @type {HTMLInputElement | null} */ (form.elements.namedItem("content_note"));
  const count = one(form, "[data-count]");
  const fault = one(form, "[data-error]");
  const limit = Number(form.dataset.limit);
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
    const left = limit - length();
    const key = left < 0 ? "over" : "left";
    count.textContent = left > limit * (1 - COUNTED_FROM) ? "" : words.say(key, { n: Math.abs(left) });
  }

  async function submit() {
    const text = body.value.trim();
    if (busy || !text) return body.focus();
    const over = length() - limit;
    if (over > 0) return complain(words.say("too-long", { n: over }));
    busy = true;
    const typed = body.value;
    try {
      await send({ body: text, content_note: note?.value.trim() || undefined });
    } finally {
      busy = false;
    }
    if (body.value.startsWith(typed)) body.value = body.value.slice(typed.length); // typing may have gone on meanwhile
    if (note) note.value = "";
    note?.closest("details")?.removeAttribute("open");
    complain("");
    changed();
  }

  function changed() {
    draft.keep({ body: body.value, content_note: note?.value });
    showLength();
  }

  function restore() {
    const { body: words, content_note } = draft.read();
    body.value ||= words;
    if (!note || !content_note) return;
    note.value ||= content_note;
    note.closest("details")?.setAttribute("open", "");
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
    changed();
    if (body.value.trim()) onTyping();
  });
  note?.addEventListener("input", changed);
  restore();
  showLength();

  return {
    /** Before whatever is being written now. @param {import("../lib/outbox-store.js").Draft} draft @param {string} sentence */
    giveBack(draft, sentence) {
      body.value = [draft.body, body.value].filter((part) => part.trim()).join("\n\n");
      if (note && draft.content_note) note.value ||= draft.content_note;
      complain(sentence);
      changed();
    },
  };
}
