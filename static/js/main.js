/** Mounts each module that the page names: <section data-module="rooms/room"> gets `mount(section)` of ./rooms/room.js. */

const NAME = /^[a-z]+(\/[a-z-]+)+$/;

/** @param {HTMLElement} element @param {string} name */
async function mount(element, name) {
  const module = await import(`./${name}.js`);
  await module.mount(element);
  element.dataset.mounted = `${element.dataset.mounted ?? ""} ${name}`.trim(); // for tests, and for a look in the inspector
}

for (const element of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-module]"))) {
  for (const name of (element.dataset.module ?? "").split(" ")) {
    if (NAME.test(name)) mount(element, name);
  }
}
