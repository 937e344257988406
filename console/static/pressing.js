// A button that is drawn anew between pressing and letting go hears of neither: the press would be
// lost. So what comes from the service meanwhile waits for as long as somebody presses.

const LONGEST_MILLISECONDS = 3000; // a pointer may be let go where the page does not hear of it
const LISTENING = { capture: true, passive: true };

let pressed = null; // what waits for it, while somebody presses
let ending = null;

/** Wait until nobody presses anything; at once, if nobody does. */
export const released = () => pressed?.over ?? Promise.resolve();

function press() {
  clearTimeout(ending);
  if (!pressed) {
    pressed = {};
    pressed.over = new Promise((done) => (pressed.end = done));
  }
  ending = setTimeout(end, LONGEST_MILLISECONDS);
}

// What the press sets going is set going first.
function release() {
  if (!pressed) return;
  clearTimeout(ending);
  ending = setTimeout(end);
}

function end() {
  const { end: done } = pressed;
  pressed = null;
  done();
}

addEventListener("pointerdown", press, LISTENING);
addEventListener("keydown", (event) => event.key === " " && !event.repeat && press(), LISTENING);
addEventListener("keyup", (event) => event.key === " " && release(), LISTENING);
addEventListener("pointermove", (event) => event.buttons === 0 && release(), LISTENING);
for (const name of ["pointerup", "pointercancel", "dragend", "input"]) addEventListener(name, release, LISTENING);
addEventListener("blur", release); // the window's own: those of its fields do not come here
