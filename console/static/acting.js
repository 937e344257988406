// What somebody set going by a press: it cannot be set going twice, says so when it takes its time,
// and tells at that very place when it failed.

import { Trouble } from "./api.js";

const SLOW_MILLISECONDS = 1000;
const AROUND = ".row, .head, .list-foot, .save-bar, tr";
const told = new WeakMap(); // by button: what stands beside it

/** Give the listener that does this work, as long as what it began before has ended. */
export function acting(element, work) {
  return (event) => {
    const pressed = event.submitter ?? element;
    if (pressed.getAttribute("aria-busy") === "true") {
      event.preventDefault();
      return;
    }
    const going = work(event);
    if (going instanceof Promise) follow(pressed, going);
  };
}

async function follow(pressed, going) {
  unsay(pressed);
  for (const name of ["aria-busy", "aria-disabled"]) pressed.setAttribute(name, "true"); // it keeps the focus
  const slow = setTimeout(() => isInSight(pressed) && say(pressed, "quiet", "status", "Still waiting for the service …"), SLOW_MILLISECONDS);
  try {
    await going;
    unsay(pressed);
  } catch (fault) {
    unsay(pressed);
    if (!(fault instanceof Trouble) || !pressed.isConnected) throw fault;
    const again = made("button", {}, "Try again");
    again.type = "button";
    again.addEventListener("click", () => {
      pressed.focus();
      pressed.click();
    });
    say(pressed, "notice bad", "alert", `${fault.message} `, again);
  } finally {
    clearTimeout(slow);
    for (const name of ["aria-busy", "aria-disabled"]) pressed.removeAttribute(name);
  }
}

// Whoever answers a dialog that came up meanwhile is not waiting.
function isInSight(pressed) {
  const dialog = [...document.querySelectorAll("dialog:modal")].at(-1);
  return pressed.isConnected && (!dialog || dialog.contains(pressed));
}

function say(pressed, look, role, ...what) {
  const note = made("p", { class: look, role }, ...what);
  const around = pressed.closest(AROUND) ?? pressed;
  if (around.localName === "tr") pressed.parentElement.append(note);
  else around.after(note);
  told.set(pressed, note);
}

function unsay(pressed) {
  told.get(pressed)?.remove();
  told.delete(pressed);
}

function made(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}
