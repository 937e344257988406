// <live-state>: whether what is shown is live. Pressed it tries to connect now.

import { h, show } from "./dom.js";
import { live } from "./live.js";

const WORDS = {
  off: "",
  connecting: "Connecting …",
  live: "Live",
  broken: "Connection lost: trying again …",
  "signed-out": "Signed out",
};

class LiveState extends HTMLElement {
  #heard;

  connectedCallback() {
    this.#heard = new AbortController();
    live.addEventListener("state", () => this.#draw(), { signal: this.#heard.signal });
    const said = h("span", { role: "status" });
    show(this, h("button", { id: "live", type: "button", title: "Try to connect now", onclick: () => live.retry() }, h("i", { "aria-hidden": "true" }), said));
    this.#draw();
  }

  disconnectedCallback() {
    this.#heard.abort();
  }

  #draw() {
    const button = this.firstElementChild;
    button.className = live.state;
    button.lastElementChild.textContent = WORDS[live.state];
  }
}

customElements.define("live-state", LiveState);
