// Elements without templates: text is always text, so nothing from the service becomes markup.

const SVG = "http://www.w3.org/2000/svg";

/** Give an element. `onclick` and the like listen; true and false set and leave out; the rest are attributes. */
export function h(tag, given = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(given)) set(element, name, value);
  element.append(...known(children));
  return element;
}

function set(element, name, value) {
  if (value === undefined || value === null || value === false) return;
  if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
  else if (name === "value" || name === "checked") element[name] = value;
  else element.setAttribute(name, value === true ? "" : value);
}

function known(children) {
  return children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false);
}

/** Show these instead of what the element holds. */
export function show(element, ...children) {
  element.replaceChildren(...known(children));
  return element;
}

/** Give a small picture by the path that draws it; it says nothing to those who cannot see it. */
export function icon(path) {
  const picture = document.createElementNS(SVG, "svg");
  picture.setAttribute("viewBox", "0 0 16 16");
  picture.setAttribute("class", "icon");
  picture.setAttribute("aria-hidden", "true");
  const line = document.createElementNS(SVG, "path");
  line.setAttribute("d", path);
  picture.append(line);
  return picture;
}

/** Call once the last of many calls is this long ago. */
export function settled(work, milliseconds) {
  let timer;
  const later = (...given) => {
    clearTimeout(timer);
    timer = setTimeout(() => work(...given), milliseconds);
  };
  later.stop = () => clearTimeout(timer);
  return later;
}

/** Say something that passes, to everybody. */
export function toast(text, kind = "good") {
  const note = h("p", { class: `toast ${kind}` }, text);
  document.getElementById("toasts").append(note);
  setTimeout(() => note.remove(), 7000);
}

let numbered = 0;
/** Give a label with its field; `error` is a place for what is wrong with it. */
export function field(label, control, { hint } = {}) {
  const id = `field-${++numbered}`;
  control.id = id;
  const error = h("span", { class: "field-error", id: `${id}-error` });
  control.setAttribute("aria-describedby", `${id}-error`);
  return h("div", { class: "field" }, h("label", { for: id }, label), control, hint && h("span", { class: "quiet" }, hint), error);
}

/** Tell what is wrong with a field that `field` made; nothing: all is well. */
export function complain(control, text) {
  const place = document.getElementById(`${control.id}-error`);
  if (place) place.textContent = text ?? "";
  if (text) control.setAttribute("aria-invalid", "true");
  else control.removeAttribute("aria-invalid");
}
