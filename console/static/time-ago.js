// <time-ago datetime="…">: a time as its distance from now, which goes on by itself.

import { h, show } from "./dom.js";

const SOON_MILLISECONDS = 60000; // nearer than this it counts the seconds
const STEP_MILLISECONDS = 15000;

/** `due` is what stands there once a time to come is over. It ticks as long as it is on the page. */
class TimeAgo extends HTMLElement {
  #timer;

  connectedCallback() {
    this.#tick();
  }

  disconnectedCallback() {
    clearTimeout(this.#timer);
  }

  #tick() {
    const text = this.getAttribute("datetime");
    const away = new Date(text) - Date.now();
    const words = away < 0 && this.hasAttribute("due") ? this.getAttribute("due") : distance(text);
    if (words !== this.textContent) show(this, h("time", { datetime: text, title: new Date(text).toLocaleString() }, words));
    this.#timer = setTimeout(() => this.#tick(), Math.abs(away) < SOON_MILLISECONDS ? 1000 : STEP_MILLISECONDS);
  }
}

customElements.define("time-ago", TimeAgo);

/** How long ago something was, or in how long it will be; `due` stands there once that is over. */
export const ago = (text, due) => h("time-ago", { datetime: text, due });

function distance(text) {
  const seconds = Math.round((new Date(text) - Date.now()) / 1000);
  const size = Math.abs(seconds);
  if (size < 2) return "just now";
  const said = size < 60 ? `${size} s` : size < 3600 ? `${Math.round(size / 60)} min` : size < 172800 ? `${Math.round(size / 3600)} h` : `${Math.round(size / 86400)} days`;
  return seconds < 0 ? `${said} ago` : `in ${said}`;
}
