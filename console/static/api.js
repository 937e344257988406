// The public GraphQL API over HTTP. Every failure becomes a Trouble that says what to do.

import { released } from "./pressing.js";

const ANYBODY = "1";
const PATIENCE_MILLISECONDS = 20000;

/** What kept the service from answering; `kind`: offline, slow, signed-out, busy, refused or fault. */
export class Trouble extends Error {
  constructor(kind, message) {
    super(message);
    this.kind = kind;
  }
}

/** Tells everybody on the page that the sign-in has "ended". */
export const signIns = new EventTarget();

let settle = async () => false;
/** Let this find out who is signed in where a request met another sign-in; it gives whether it is the same person. */
export const onAnotherSignIn = (work) => (settle = work);

let shown = ANYBODY; // the sign-in of whoever the page shows: nothing is asked or done in another one's name

/** Run a document and give its data. Throws Trouble. */
export const ask = async (query, variables = {}) => (await run(query, variables, shown)).data;

/** Run a document as whoever is signed in now; gives its data, and `adopt` for when the page shows that one. */
export async function askAnew(query) {
  const { data, headers } = await run(query, {}, ANYBODY);
  return { data, adopt: () => (shown = headers.get("X-Instep-Sign-In")) };
}

async function run(query, variables, as, isAgain = false) {
  const { status, headers, answer } = await send("/graphql", { query, variables }, { as }).finally(released);
  if (status === 401) {
    signIns.dispatchEvent(new Event("ended"));
    throw new Trouble("signed-out", "You are signed out. Sign in again: what you typed is still here.");
  }
  if (status === 409) {
    if (!isAgain && (await settle())) return run(query, variables, shown, true); // it was not run
    throw new Trouble("signed-out", "The sign-in is another one now, perhaps of another tab. What you typed is still here; try again.");
  }
  if (status === 429) throw new Trouble("busy", `Too much was asked in a short time. Try again ${soon(headers)}.`);
  const error = answer?.errors?.[0];
  if (error) throw trouble(error, status);
  if (!answer?.data) throw unread(status, headers);
  return { data: answer.data, headers };
}

const wishes = new Map();

/**
 * Ask for an act that must not happen twice. The same wish keeps its key until it is answered, so that
 * sending it again after a lost answer asks for the same thing; `seen` is what the person had before
 * their eyes: once that is another state, it is another wish.
 */
export async function wish(document, input, seen = null) {
  const named = JSON.stringify([document, input, seen]);
  if (!wishes.has(named)) wishes.set(named, newKey());
  const data = await ask(document, { input: { ...input, idempotencyKey: wishes.get(named) } });
  wishes.delete(named);
  return data;
}

function trouble(error, status) {
  const code = error.extensions?.code;
  if (code === "UNAVAILABLE" || status === 503) return new Trouble("fault", error.message);
  if (code === "INTERNAL") {
    const number = error.extensions.requestId;
    return new Trouble("fault", `Something went wrong in the service. Try again; if it happens again, name this number: ${number}`);
  }
  return new Trouble("refused", error.message);
}

// No answer of the API's: something in between spoke, or the service broke down while it did.
function unread(status, headers) {
  if (status === 0) {
    return new Trouble("fault", "Something between this page and the service asks for a sign-in of its own, perhaps your network. Sign in there in another tab, then try again: what you typed is still here.");
  }
  if (status === 413) return new Trouble("refused", "This is more than the service takes at once. Shorten it and try again.");
  if (status === 503) return new Trouble("fault", `The service is away for the moment. What you typed is still here; try again ${soon(headers)}.`);
  if (status === 200) return new Trouble("fault", "The service's answer could not be read. What you typed is still here; try again.");
  return new Trouble("fault", `The service answered with status ${status}. What you typed is still here; try again.`);
}

// Retry-After in words; it holds seconds or a date. Source: RFC 9110, section 10.2.3.
function soon(headers) {
  const told = headers.get("Retry-After") ?? "";
  const seconds = /^\d+$/.test(told) ? Number(told) : Math.ceil((Date.parse(told) - Date.now()) / 1000);
  if (!(seconds > 0)) return "in a few seconds";
  return seconds === 1 ? "in a second" : `in ${seconds} seconds`;
}

// Patience is for the whole answer: one that breaks off or stops in the middle is none.
async function send(address, body, { method = "POST", as = ANYBODY } = {}) {
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(), PATIENCE_MILLISECONDS);
  try {
    const response = await fetch(address, {
      method,
      headers: { "X-Instep-Console": as, "Content-Type": "application/json", Accept: "application/graphql-response+json, application/json" },
      body: body && JSON.stringify(body),
      credentials: "same-origin",
      redirect: "manual", // the API sends nobody elsewhere
      signal: patience.signal,
    });
    return { status: response.status, headers: response.headers, answer: parsed(await response.text()) };
  } catch {
    if (patience.signal.aborted) {
      throw new Trouble("slow", "The service takes too long to answer. What you typed is still here; try again.");
    }
    throw new Trouble("offline", "The service cannot be reached. What you typed is still here; try again.");
  } finally {
    clearTimeout(timer);
  }
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Sign the page in with a token or an API key, or with the demo's account. Throws Trouble. */
export async function signIn(given) {
  const { status, headers, answer } = await send("/console/session", given);
  if (status < 200 || status > 299) throw answer?.message ? new Trouble("refused", answer.message) : unread(status, headers);
}

/** Forget the sign-in. Throws Trouble. */
export async function signOut() {
  const { status, headers } = await send("/console/session", undefined, { method: "DELETE", as: shown });
  if (status === 409) {
    settle();
    throw new Trouble("refused", "Somebody else signed in meanwhile, perhaps in another tab: they are not signed out from here.");
  }
  if (status < 200 || status > 299) throw unread(status, headers);
}

/** Tell whether there is a demo account. */
export async function hasDemo() {
  try {
    return (await send("/console/session", undefined, { method: "GET" })).answer?.demo === true;
  } catch {
    return false;
  }
}

/** Give a fresh key for one wish: who sends it again asks for the same thing, not for another one. */
export const newKey = () => crypto.randomUUID?.() ?? [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
