/**
 * Empties what this site keeps in the browser before a form signs out. The answer asks the browser to do it too
 * (Clear-Site-Data), but browsers hear that over https only, and not all of them do.
 */

const PATIENCE = 1500;
const OURS = [{ name: "recovery-net" }]; // the outbox, for browsers that do not list what they hold

/** @param {string} name */
function drop(name) {
  return new Promise((resolve) => {
    const request = indexedDB.deleteDatabase(name);
    request.onsuccess = request.onerror = request.onblocked = resolve;
  });
}

export async function empty() {
  localStorage.clear();
  sessionStorage.clear();
  const databases = (await indexedDB.databases?.()) ?? OURS;
  const caches = "caches" in window ? await window.caches.keys() : [];
  await Promise.all([...databases.map(({ name = "" }) => drop(name)), ...caches.map((name) => window.caches.delete(name))]);
}

/** @param {HTMLFormElement} form */
export function mount(form) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const enough = new Promise((resolve) => setTimeout(resolve, PATIENCE));
    await Promise.race([empty().catch(() => undefined), enough]);
    form.submit();
  });
}
