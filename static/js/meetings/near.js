/**
 * "Near me": asks the device only when tapped; the place goes into the query, rounded to about a kilometre.
 * @param {HTMLFormElement} form
 */
export function mount(form) {
  const button = /** @type {HTMLElement | null} */ (form.querySelector("[data-near]"));
  const status = /** @type {HTMLElement | null} */ (form.querySelector("[data-near-status]"));
  if (!button || !status || !navigator.geolocation) return;
  button.hidden = false;
  button.addEventListener("click", () => {
    tell(status, status.dataset.asking);
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => location.assign(nearby(coords)),
      () => tell(status, status.dataset.refused),
      { maximumAge: 600_000, timeout: 15_000 },
    );
  });
}

/** @param {GeolocationCoordinates} coords */
function nearby({ latitude, longitude }) {
  const here = new URL(location.href);
  here.searchParams.set("near", `${latitude.toFixed(2)},${longitude.toFixed(2)}`);
  here.searchParams.delete("page");
  return here;
}

/** @param {HTMLElement} status @param {string} [sentence] */
function tell(status, sentence = "") {
  status.textContent = sentence;
  status.hidden = false;
}
