// Events as they happen, over one WebSocket (graphql-transport-ws). After a pause it goes on behind
// the last event that was heard, so that none is missed and none comes twice.

import { CONNECTION, ROW } from "./documents.js";
import { released } from "./pressing.js";

const EVENTS = `subscription ($after: String) {
  syncStatusChanged(after: $after) {
    cursor sequence occurredAt status previousStatus phase invoiceVersion actor { name } invoice { ${ROW} }
  }
}`;
const CONNECTIONS = `subscription { connectionStateChanged { ${CONNECTION} } }`;
const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 15000;
const PING_EVERY = 20000;
const PATIENCE = 10000; // for the socket to be opened and welcomed
const STEADY = 10000; // a connection that held this long broke for the first time
const REFUSAL = 1000; // so soon a cursor is refused, if it is
const SIGNED_OUT = [4400, 4401, 4403];

class Live extends EventTarget {
  state = "off";
  #cursor = null;
  #socket = null;
  #pause = FIRST_PAUSE;
  #timer = null;
  #resuming = null;
  #pinging = null;
  #heardAt = 0;
  #wanted = false;
  #wasBroken = false;

  /** Follow everything behind this cursor. */
  start(cursor) {
    this.stop();
    this.#cursor = cursor;
    this.goOn();
  }

  /** Follow nothing for the moment; `goOn` misses nothing of what happens meanwhile. */
  pause() {
    this.#wanted = false;
    this.#drop();
    this.#become("off");
  }

  goOn() {
    if (this.#wanted) return;
    this.#wanted = true;
    this.#open();
  }

  stop() {
    this.pause();
    this.#wasBroken = false;
  }

  /** Try now; whoever presses a button does not want to wait. */
  retry() {
    if (this.#wanted && this.state !== "live") this.#open();
  }

  /** The network says that it is gone: do not wait until a ping stays unanswered. */
  cut() {
    if (this.#socket) this.#broke(0);
  }

  #drop() {
    clearTimeout(this.#timer);
    clearTimeout(this.#resuming);
    clearInterval(this.#pinging);
    const socket = this.#socket;
    this.#socket = null; // what it still says is not heard
    socket?.close(1000);
  }

  #open() {
    this.#drop();
    this.#become(this.#wasBroken ? "broken" : "connecting");
    const address = new URL("/graphql", location.href);
    address.protocol = address.protocol.replace("http", "ws");
    const socket = new WebSocket(address, "graphql-transport-ws");
    this.#socket = socket;
    this.#timer = setTimeout(() => this.#broke(0), PATIENCE);
    socket.addEventListener("open", () => socket === this.#socket && this.#send({ type: "connection_init" }));
    socket.addEventListener("message", (message) => socket === this.#socket && this.#hear(JSON.parse(message.data)));
    socket.addEventListener("close", (closed) => socket === this.#socket && this.#broke(closed.code));
  }

  #hear(message) {
    this.#heardAt = Date.now();
    if (message.type === "connection_ack") this.#begin();
    else if (message.type === "ping") this.#send({ type: "pong" });
    else if (message.type === "next" && !message.payload.errors) this.#tell(message.payload.data, this.#socket);
    else if (message.type === "next" || message.type === "error") this.#refused(message.payload.errors ?? message.payload);
    else if (message.type === "complete") this.#broke(0); // both are meant to go on for ever
  }

  #begin() {
    clearTimeout(this.#timer);
    this.#send({ id: "events", type: "subscribe", payload: { query: EVENTS, variables: { after: this.#cursor } } });
    this.#send({ id: "connections", type: "subscribe", payload: { query: CONNECTIONS } });
    this.#timer = setTimeout(() => (this.#pause = FIRST_PAUSE), STEADY);
    this.#pinging = setInterval(() => this.#ping(), PING_EVERY);
    if (this.#wasBroken) this.#resuming = setTimeout(() => this.dispatchEvent(new Event("resumed")), REFUSAL);
    this.#wasBroken = false;
    this.#become("live");
  }

  async #tell(data, socket) {
    await released();
    if (socket !== this.#socket) return; // it broke meanwhile: the next one tells it again
    if (data?.syncStatusChanged) {
      this.#cursor = data.syncStatusChanged.cursor;
      this.dispatchEvent(new CustomEvent("sync", { detail: data.syncStatusChanged }));
    }
    if (data?.connectionStateChanged) {
      this.dispatchEvent(new CustomEvent("connection", { detail: data.connectionStateChanged }));
    }
  }

  #refused(errors) {
    if (!errors.some((error) => error.extensions?.code === "CURSOR_EXPIRED")) {
      this.#broke(0); // behind the same cursor once more: what could not be told must not be missing
      return;
    }
    this.#broke(0);
    this.dispatchEvent(new Event("lost")); // whoever hears it reads everything anew and starts behind that
  }

  #ping() {
    if (Date.now() - this.#heardAt > 2 * PING_EVERY) this.#broke(0);
    else this.#send({ type: "ping" });
  }

  #broke(code) {
    this.#drop();
    if (!this.#wanted) return;
    if (SIGNED_OUT.includes(code)) {
      this.#wanted = false;
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
addEventListener("offline", () => live.cut());
