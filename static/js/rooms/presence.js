/**
 * Who else shows that they are here: one calm line. It is read by whoever goes there, never read out: it changes too often.
 * @typedef {{count: number, names: string[]}} Here
 * @param {HTMLElement} line with `[data-here-names]`, and `[data-here-hint]` for who does not show it themselves
 * @param {string} account @param {import("../lib/words.js").Words} words
 */
export function createPresence(line, account, words) {
  const text = /** @type {HTMLElement} */ (line.querySelector("[data-here-names]"));
  const hint = line.querySelector("[data-here-hint]");
  let shown = "";

  /** @param {Here | undefined} here undefined: nobody knows */
  function show(here) {
    const names = here?.names ?? [];
    const sentence = presenceWords(here ?? { count: 0, names }, account, words);
    hint?.toggleAttribute("hidden", names.includes(account));
    line.hidden = !sentence;
    if (sentence !== shown) text.textContent = sentence;
    shown = sentence;
  }

  return { show };
}

/** @param {Here} here @param {string} account @param {import("../lib/words.js").Words} words */
export function presenceWords({ count, names }, account, words) {
  const [a, b] = names.filter((name) => name !== account);
  const others = count - (names.includes(account) ? 1 : 0);
  if (!a || others < 1) return "";
  if (others === 1) return words.say("here.alone", { a });
  return others === 2 && b ? words.say("here.pair", { a, b }) : words.say("here.more", { a, n: others - 1 });
}
