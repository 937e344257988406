// Events as they happen, over one WebSocket (graphql-transport-ws). After a pause it goes on behind
// the last event that was heard, so that none is missed and none comes twice.

import { CONNECTION, ROW } from "./documents.js";

const EVENTS = `subscription ($after: String) {
  syncStatusChanged(after: $after) {
    cursor sequence occurredAt status previousStatus phase invoiceVersion actor { name } invoice { ${ROW} }
  }
}`;
const CONNECTIONS = `subscription { connectionStateChanged { ${CONNECTION} } }`;
const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 15000;
const PING_EVERY = 20000;
const SIGNED_OUT = [4400, 4401, 4403];

class Live extends EventTarget {
  state = "off";
  #cursor = null;
  #socket = null;
  #pause = FIRST_PAUSE;
  #timer = null;
  #pinging = null;
  #heardAt = 0;
  #wanted = false;
  #wasBroken = false;

  /** Follow everything behind this cursor. */
  start(cursor) {
    this.stop();
    this.#cursor = cursor;
    this.#wanted = true;
    this.#open();
  }

  stop() {
    this.#wanted = false;
    this.#wasBroken = false;
    clearTimeout(this.#timer);
    clearInterval(this.#pinging);
    this.#socket?.close(1000);
    this.#socket = null;
    this.#become("off");
  }

  /** Try now; whoever presses a button does not want to wait. */
  retry() {
    if (!this.#wanted || this.state === "live") return;
    clearTimeout(this.#timer);
    this.#open();
  }

  #open() {
    this.#become(this.#wasBroken ? "broken" : "connecting");
    const address = new URL("/graphql", location.href);
    address.protocol = address.protocol.replace("http", "ws");
    const socket = new WebSocket(address, "graphql-transport-ws");
    this.#socket = socket;
    socket.addEventListener("open", () => socket.send('{"type":"connection_init"}'));
    socket.addEventListener("message", (message) => socket === this.#socket && this.#hear(JSON.parse(message.data)));
    socket.addEventListener("close", (closed) => socket === this.#socket && this.#broke(closed.code));
  }

  #hear(message) {
    this.#heardAt = Date.now();
    if (message.type === "connection_ack") this.#begin();
    else if (message.type === "ping") this.#send({ type: "pong" });
    else if (message.type === "next") this.#tell(message.payload.data);
    else if (message.type === "error") this.#refused(message.payload);
  }

  #begin() {
    this.#send({ id: "events", type: "subscribe", payload: { query: EVENTS, variables: { after: this.#cursor } } });
    this.#send({ id: "connections", type: "subscribe", payload: { query: CONNECTIONS } });
    this.#pause = FIRST_PAUSE;
    clearInterval(this.#pinging);
    this.#pinging = setInterval(() => this.#ping(), PING_EVERY);
    const resumed = this.#wasBroken;
    this.#wasBroken = false;
    this.#become("live");
    if (resumed) this.dispatchEvent(new Event("resumed"));
  }

  #tell(data) {
    if (data?.syncStatusChanged) {
      this.#cursor = data.syncStatusChanged.cursor;
      this.dispatchEvent(new CustomEvent("sync", { detail: data.syncStatusChanged }));
    }
    if (data?.connectionStateChanged) {
      this.dispatchEvent(new CustomEvent("connection", { detail: data.connectionStateChanged }));
    }
  }

  #refused(errors) {
    if (!errors.some((error) => error.extensions?.code === "CURSOR_EXPIRED")) return;
    this.#cursor = null; // what was missed is no longer kept: begin now, and read everything anew
    this.dispatchEvent(new Event("lost"));
    this.#socket.close(1000);
  }

  #ping() {
    if (Date.now() - this.#heardAt > 2 * PING_EVERY) this.#socket.close();
    else this.#send({ type: "ping" });
  }

  #broke(code) {
    clearInterval(this.#pinging);
    this.#socket = null;
    if (!this.#wanted) return;
    if (SIGNED_OUT.includes(code)) {
      this.#become("signed-out");
      return;
    }
    this.#wasBroken = true;
    this.#become("broken");
    this.#timer = setTimeout(() => this.#open(), this.#pause * (0.5 + Math.random()));
    this.#pause = Math.min(2 * this.#pause, LONGEST_PAUSE);
  }

  #send(message) {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }

  #become(state) {
    if (state === this.state) return;
    this.state = state;
    this.dispatchEvent(new Event("state"));
  }
}

export const live = new Live();
addEventListener("online", () => live.retry());
