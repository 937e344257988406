// Elements without templates: text is always text, so nothing from the service becomes markup.

import { acting } from "./acting.js";
import { standing } from "./focus.js";

const SVG = "http://www.w3.org/2000/svg";
const READING_MILLISECONDS = 10000;

/**
 * Give an element. `onclick` and the like listen; true and false set and leave out; the rest are
 * attributes. What a press or a submission set going cannot be set going twice, and tells how it fares.
 */
export function h(tag, given = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(given)) set(element, name, value);
  element.append(...known(children));
  return element;
}

function set(element, name, value) {
  if (value === undefined || value === null || value === false) return;
  if (name === "onclick" || name === "onsubmit") element.addEventListener(name.slice(2), acting(element, value));
  else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
  else if (name === "value" || name === "checked") element[name] = value;
  else element.setAttribute(name, value === true ? "" : value);
}

function known(children) {
  return children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false);
}

/** Show these instead of what the element holds; whoever stood in it stands at the same place after. */
export function show(element, ...children) {
  const back = standing(element);
  element.replaceChildren(...known(children));
  back();
  return element;
}

/** Put an element where another one stood; whoever stood in that stands at the same place after. */
export function swap(before, after) {
  const back = standing(before);
  before.replaceWith(after);
  back(after);
}

/** Tell where something should stand why it could not be read, with the way to try again. */
export const troubled = (fault, again) => h("div", { class: "notice bad row", role: "alert" }, h("p", { class: "grow" }, fault.message), h("button", { type: "button", onclick: again }, "Try again"));

/** Tell that there is nothing, and what that means. */
export const nothing = (words, kind = "") => h("p", { class: `notice ${kind}` }, words);

/** Open a dialog over the page. When it closes it goes, and the focus goes back to where it came from. */
export function openDialog(dialog) {
  const back = standing(document.body);
  document.body.append(dialog);
  dialog.showModal();
  dialog.addEventListener("close", () => {
    dialog.remove();
    back(document.getElementById("screen"));
  }, { once: true });
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

/** Call once for all calls within so many milliseconds, however many follow each other. */
export function paced(work, milliseconds) {
  let timer = null;
  const later = () => {
    timer ??= setTimeout(() => {
      timer = null;
      work();
    }, milliseconds);
  };
  later.stop = () => clearTimeout(timer);
  return later;
}

/**
 * Say something to everybody. What is good news passes, once there was time to read it and nobody is
 * at it; what went wrong stays until it is taken away.
 */
export function toast(text, kind = "good") {
  const place = document.getElementById("toasts");
  for (const earlier of place.children) if (earlier.dataset.text === text) earlier.remove();
  const note = h("div", { class: `toast ${kind}`, role: kind === "bad" && "alert", "data-text": text }, h("span", {}, text),
    h("button", { type: "button", class: "link", "aria-label": "Close this message", onclick: () => note.remove() }, "×"));
  place.append(note);
  if (kind === "bad") return note;
  const pass = () => (note.matches(":hover, :focus-within") ? setTimeout(pass, READING_MILLISECONDS) : note.remove());
  setTimeout(pass, READING_MILLISECONDS);
  return note;
}

let numbered = 0;
/** Give a label with its field; `error` is a place for what is wrong with it. */
export function field(label, control, { hint } = {}) {
  const id = `field-${++numbered}`;
  control.id = id;
  const error = h("span", { class: "field-error", id: `${id}-error`, "aria-live": "polite" });
  control.setAttribute("aria-describedby", hint ? `${id}-hint ${id}-error` : `${id}-error`);
  return h("div", { class: "field" }, h("label", { for: id }, label), control, hint && h("span", { class: "quiet", id: `${id}-hint` }, hint), error);
}

/** Tell what is wrong with a field that `field` made; nothing: all is well. */
export function complain(control, text) {
  const place = document.getElementById(`${control.id}-error`);
  if (place) place.textContent = text ?? "";
  if (text) control.setAttribute("aria-invalid", "true");
  else control.removeAttribute("aria-invalid");
}

/** Give the options of a list, with one that stands for none of them. */
export const choices = (list, chosen) => [h("option", { value: "" }, "–"), list.map((one) => h("option", { value: one.id, selected: one.id === chosen?.id }, one.name))];
