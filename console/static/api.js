// The public GraphQL API over HTTP. Every failure becomes a Trouble that says what to do.

const PAGE = { "X-Instep-Console": "1" };
const PATIENCE_MILLISECONDS = 20000;

/** What kept the service from answering; `kind`: offline, slow, signed-out, busy, refused or fault. */
export class Trouble extends Error {
  constructor(kind, message) {
    super(message);
    this.kind = kind;
  }
}

/** Tells everybody on the page that the sign-in has ended. */
export const signIns = new EventTarget();

/** Run a document and give its data. Throws Trouble. */
export async function ask(query, variables = {}, { signal } = {}) {
  const response = await send("/graphql", { query, variables }, signal);
  if (response.status === 401) {
    signIns.dispatchEvent(new Event("ended"));
    throw new Trouble("signed-out", "You are signed out. Sign in again: what you typed is still here.");
  }
  const answer = await read(response);
  if (response.status === 429) {
    const seconds = response.headers.get("Retry-After") ?? "a few";
    throw new Trouble("busy", `Too much was asked in a short time. Try again in ${seconds} seconds.`);
  }
  if (!answer) throw new Trouble("fault", `The service answered with status ${response.status}. Try again.`);
  if (answer.errors?.length) throw trouble(answer.errors[0], response.status);
  return answer.data;
}

function trouble(error, status) {
  const code = error.extensions?.code;
  if (code === "UNAVAILABLE" || status === 503) return new Trouble("fault", error.message);
  if (code === "INTERNAL") {
    const number = error.extensions.requestId;
    return new Trouble("fault", `Something went wrong in the service. If it happens again, name this number: ${number}`);
  }
  return new Trouble("refused", error.message);
}

async function read(response) {
  try {
    return await response.json();
  } catch {
    return null;
  }
}

async function send(address, body, signal, method = "POST") {
  const signals = [AbortSignal.timeout(PATIENCE_MILLISECONDS), ...(signal ? [signal] : [])];
  try {
    return await fetch(address, {
      method,
      headers: { ...PAGE, "Content-Type": "application/json", Accept: "application/graphql-response+json, application/json" },
      body: body && JSON.stringify(body),
      credentials: "same-origin",
      signal: AbortSignal.any(signals),
    });
  } catch (fault) {
    if (signal?.aborted) throw fault;
    if (fault.name === "TimeoutError") {
      throw new Trouble("slow", "The service takes too long to answer. What you typed is still here; try again.");
    }
    throw new Trouble("offline", "The service cannot be reached. What you typed is still here; try again.");
  }
}

/** Sign the page in with a token or an API key, or with the demo's account. Throws Trouble. */
export async function signIn(wish) {
  const response = await send("/console/session", wish);
  if (!response.ok) {
    const answer = await read(response);
    throw new Trouble("refused", answer?.message ?? `The service answered with status ${response.status}.`);
  }
}

/** Forget the sign-in. */
export async function signOut() {
  await send("/console/session", undefined, undefined, "DELETE");
}

/** Tell whether there is a demo account. */
export async function hasDemo() {
  try {
    return (await (await fetch("/console/session")).json()).demo;
  } catch {
    return false;
  }
}

/** Give a fresh key for one wish: who sends it again asks for the same thing, not for another one. */
export const newKey = () => crypto.randomUUID?.() ?? [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
