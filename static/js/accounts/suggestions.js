/** Another pseudonym without a new page. Without this module the link loads the page anew, with another name in it. */

/** Gives one name after the other; asks for more when the last one is given. */
export function walk(names, more) {
  const waiting = [...names];
  return async () => {
    if (!waiting.length) waiting.push(...(await more()));
    return waiting.shift();
  };
}

async function ask(url) {
  const response = await fetch(url, { headers: { Accept: "application/json" } });
  return response.ok ? (await response.json()).pseudonyms : [];
}

export function mount(form) {
  const link = form.querySelector("[data-another]");
  const told = form.querySelector("[data-suggested]");
  const field = form.elements.pseudonym;
  const names = form.dataset.names.split(" ").filter((name) => name !== field.value);
  const next = walk(names, () => ask(form.dataset.more));
  link.addEventListener("click", async (event) => {
    event.preventDefault();
    const name = await next().catch(() => undefined);
    if (!name) {
      location.assign(link.href);
      return;
    }
    field.value = name;
    told.textContent = name;
  });
}
