/** A button that shows what is typed into a passphrase field. The words on it come from the form: data-show, data-hide. */

/** @param {HTMLInputElement} field @param {DOMStringMap} words */
function addButton(field, { show = "", hide = "" }) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button button-plain";
  button.setAttribute("aria-controls", field.id);
  const label = field.labels?.[0]?.firstChild?.textContent?.trim() ?? "";
  const draw = () => {
    const isShown = field.type === "text";
    button.textContent = isShown ? hide : show;
    button.setAttribute("aria-label", `${button.textContent}: ${label}`);
  };
  button.addEventListener("click", () => {
    field.type = field.type === "text" ? "password" : "text";
    draw();
  });
  draw();
  const row = document.createElement("div");
  row.className = "row";
  row.append(button);
  field.after(row);
}

/** @param {HTMLFormElement} form */
export function mount(form) {
  const fields = /** @type {NodeListOf<HTMLInputElement>} */ (form.querySelectorAll("input[type=password]"));
  for (const field of fields) addButton(field, form.dataset);
  // Password managers and the browser's own memory know a passphrase by the field's type.
  form.addEventListener("submit", () => {
    for (const field of fields) field.type = "password";
  });
}
