// A button that is drawn anew between pressing and letting go hears of neither: the press would be
// lost. So what comes from the service meanwhile waits for as long as somebody presses.

const LONGEST_MILLISECONDS = 3000; // a pointer may be let go where the page does not hear of it
const LISTENING = { capture: true, passive: true };

const held = new Set(); // what is pressed: a pointer, the space bar
let pressed = null; // what waits for it
let ending = null;

/** Wait until nobody presses anything; at once, if nobody does. */
export const released = () => pressed?.over ?? Promise.resolve();

function press(what) {
  held.add(what);
  clearTimeout(ending);
  if (!pressed) {
    pressed = {};
    pressed.over = new Promise((done) => (pressed.end = done));
  }
  ending = setTimeout(end, LONGEST_MILLISECONDS);
}

// What the press sets going is set going first.
function release(what) {
  if (!held.delete(what) || held.size) return;
  clearTimeout(ending);
  ending = setTimeout(end);
}

function end() {
  const { end: done } = pressed;
  held.clear();
  pressed = null;
  done();
}

const isSpace = (event) => event.key === " ";
addEventListener("pointerdown", (event) => press(event.pointerId), LISTENING);
addEventListener("pointermove", (event) => event.buttons === 0 && release(event.pointerId), LISTENING);
for (const name of ["pointerup", "pointercancel"]) addEventListener(name, (event) => release(event.pointerId), LISTENING);
addEventListener("keydown", (event) => isSpace(event) && !event.repeat && press("space"), LISTENING);
addEventListener("keyup", (event) => isSpace(event) && release("space"), LISTENING);
addEventListener("input", () => release("space"), LISTENING); // a space that is typed
addEventListener("blur", () => held.size && end()); // the window's own: those of its fields do not come here
