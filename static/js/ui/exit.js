/**
 * Leave at once: by the button or by Shift three times. The page is blank before anything is sent; the session ends;
 * this entry of the history becomes the neutral page. What the browser remembered before stays there, and we say so.
 */

const PRESSES = 3;
const WITHIN = 1500;
const PATIENCE = 800;

/** @param {HTMLElement} body */
function blank(body) {
  document.title = body.dataset.exitTitle ?? "";
  document.documentElement.hidden = true;
  document.querySelector("link[rel=icon]")?.remove();
}

/** What the server's Clear-Site-Data asks for too, where the browser does not listen to it (plain http). */
async function forget() {
  sessionStorage.clear();
  localStorage.clear();
  for (const { name } of (await indexedDB.databases?.()) ?? []) indexedDB.deleteDatabase(name ?? "");
}

/** Resolves when the session has ended, or when waiting longer would keep someone on a blank page. @param {HTMLFormElement} form */
function endSession(form) {
  const ended = fetch(form.action, { method: "POST", body: new FormData(form), keepalive: true, redirect: "manual" });
  const enough = new Promise((resolve) => setTimeout(resolve, PATIENCE));
  return Promise.race([ended, enough]).catch(() => enough);
}

/** @param {HTMLElement} body @param {HTMLFormElement} form */
export async function leave(body, form) {
  blank(body);
  forget().catch(() => {}); // storage may be switched off
  await endSession(form);
  location.replace(body.dataset.exitTo ?? "/");
}

/**
 * True on the third bare press of Shift in time. Any other key starts again, so that capitals never count.
 * @typedef {Pick<KeyboardEvent, "key" | "timeStamp" | "repeat">} Press
 */
export function shiftCounter() {
  /** @type {number[]} */
  let presses = [];
  return (/** @type {Press} */ event) => {
    if (event.key !== "Shift") presses = [];
    else if (!event.repeat) presses = [...presses.filter((at) => event.timeStamp - at < WITHIN), event.timeStamp];
    return presses.length >= PRESSES;
  };
}

/** @param {HTMLElement} body */
export function mount(body) {
  const forms = /** @type {NodeListOf<HTMLFormElement>} */ (body.querySelectorAll("form[data-exit]"));
  if (!forms.length) return;
  const others = new BroadcastChannel("exit");
  const isThird = shiftCounter();
  const go = () => {
    others.postMessage("exit");
    leave(body, forms[0]);
  };
  others.addEventListener("message", () => {
    blank(body);
    forget().catch(() => {}); // each tab has a store of its own
    location.replace(body.dataset.exitTo ?? "/");
  });
  document.addEventListener("keydown", (event) => isThird(event) && go(), { capture: true });
  for (const form of forms) {
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      go();
    });
  }
}
