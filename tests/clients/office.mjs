// The service under test, as the office sees it: where it listens, who asks, and an invoice to edit.
import { randomUUID } from "node:crypto";
import { connect, createServer } from "node:net";

export const url = process.env.INSTEP_URL;
export const authorization = `Bearer ${process.env.INSTEP_TOKEN}`;

/** Node's fetch with the caller's credential. */
export const signedIn = (address, options = {}) => {
  const headers = new Headers(options.headers);
  headers.set("authorization", authorization);
  return fetch(address, { ...options, headers });
};

export const VIEWER = "query { viewer { actor { name } } }";
export const INVOICE =
  "query ($id: ID!) { invoice(id: $id) { id version syncStatus tasks { id unitPrice } } }";
export const SAVE = `mutation ($input: SaveAndSyncInput!) {
  saveAndSync(input: $input) {
    invoice { id version syncStatus } syncCursor userErrors { code message }
  }
}`;
export const EVENTS = `subscription ($after: String, $filter: SyncEventFilter) {
  syncStatusChanged(after: $after, filter: $filter) { sequence cursor status invoice { id } }
}`;

/** Run a query or mutation, and give its data. */
export async function call(query, variables) {
  const response = await signedIn(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = await response.json();
  if (errors) throw new Error(JSON.stringify(errors));
  return data;
}

/** An exported invoice that no other file edits. */
export const invoiceOf = (file) => JSON.parse(process.env.INSTEP_INVOICES)[file];

/** The wish to save another price of the invoice's first task. */
export async function aWish(id) {
  const { invoice } = await call(INVOICE, { id });
  const [task] = invoice.tasks;
  const unitPrice = (Number(task.unitPrice) + 1).toFixed(2);
  return {
    invoiceId: id,
    version: invoice.version,
    edits: { editTasks: [{ taskId: task.id, patch: { unitPrice } }] },
    idempotencyKey: randomUUID(),
  };
}

/** Save & Sync the invoice once more; its event has a cursor of its own. */
export async function save(id) {
  const { saveAndSync } = await call(SAVE, { input: await aWish(id) });
  if (saveAndSync.userErrors.length) throw new Error(JSON.stringify(saveAndSync.userErrors));
  return saveAndSync;
}

export const cursorNow = async () => (await call("{ syncCursor }")).syncCursor;

/** Return when the condition holds; fail after a while. */
export async function until(condition, what) {
  const end = Date.now() + 20_000;
  while (!condition()) {
    if (Date.now() > end) throw new Error(`Waited in vain: ${what}`);
    await new Promise((wake) => setTimeout(wake, 10));
  }
}

/** Fail when it does not happen. */
export async function soon(promise, what) {
  let timer;
  const late = new Promise((_, fail) => {
    timer = setTimeout(() => fail(new Error(`Waited in vain: ${what}`)), 20_000);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** A line to the service that can be cut. */
export async function aLine() {
  const target = new URL(url);
  const sockets = new Set();
  const server = createServer((near) => {
    const far = connect(Number(target.port), target.hostname);
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on("error", () => {}).on("close", () => sockets.delete(socket));
    }
    near.pipe(far).pipe(near);
  });
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  return {
    url: `http://127.0.0.1:${server.address().port}/graphql`,
    cut: () => sockets.forEach((socket) => socket.destroy()),
    close: () => server.close(),
  };
}
