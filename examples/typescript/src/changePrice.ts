// Changes one price of an invoice that QuickBooks holds, and stays until both sides agree.
//
//   URL=http://127.0.0.1:8080/graphql KEY=instep_... \
//     node built/changePrice.js 21259 "Seasonal tune-up" 45.00
//
// The exit code is 0 when QuickBooks holds the new price, 1 when somebody has to look at it.
import { randomUUID } from "node:crypto";
import { argv, env, exit } from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { type Client, createClient } from "graphql-ws";
import WebSocket from "ws";
import {
  EditAndSyncDocument,
  FindInvoiceDocument,
  FollowInvoiceDocument,
  type FollowInvoiceSubscription,
  type FollowInvoiceSubscriptionVariables,
  ReadConflictDocument,
  ResolveConflictDocument,
  type SaveAndSyncInput,
  type TypedDocumentString,
} from "./generated.js";

type Event = FollowInvoiceSubscription["invoiceSyncStatusChanged"];

const url = env["URL"] ?? "http://127.0.0.1:8080/graphql";
const authorization = `Bearer ${env["KEY"] ?? ""}`;

/** Send a query or mutation, again while the service is busy or away; safe, for mutations carry a key. */
async function call<Result, Variables>(
  document: TypedDocumentString<Result, Variables>,
  variables: Variables,
): Promise<Result> {
  for (let pause = 100; pause < 20_000; pause *= 2) {
    const response = await fetch(url, {
      method: "POST",
      headers: { authorization, "content-type": "application/json" },
      body: JSON.stringify({ query: document.toString(), variables }),
    }).catch(() => undefined);
    if (response !== undefined && response.status !== 429 && response.status !== 503) {
      const { data, errors } = (await response.json()) as {
        data?: Result;
        errors?: { message: string }[];
      };
      if (errors || !data) throw new Error(errors?.map((error) => error.message).join(" "));
      return data;
    }
    await sleep(pause);
  }
  throw new Error("The service cannot be reached. Try again later.");
}

async function find(number: string) {
  const [invoice] = (await call(FindInvoiceDocument, { number })).invoices.nodes;
  if (!invoice) throw new Error(`There is no invoice ${number}.`);
  return invoice;
}

/** Save and sync; give the cursor behind which to follow. */
async function save(input: SaveAndSyncInput): Promise<string> {
  const payload = (await call(EditAndSyncDocument, { input })).saveAndSync;
  if (!payload?.syncCursor) {
    throw new Error(payload?.userErrors.map((error) => error.message).join(" ") ?? "No answer.");
  }
  return payload.syncCursor;
}

/** Show each step behind the cursor, and give the one at which the invoice comes to rest. */
function follow(client: Client, invoiceId: string, cursor: string): Promise<Event> {
  const variables: FollowInvoiceSubscriptionVariables = { invoiceId, after: cursor };
  return new Promise((give, fail) => {
    const stop = client.subscribe<FollowInvoiceSubscription>(
      { query: FollowInvoiceDocument.toString(), variables },
      {
        next: ({ data }) => {
          if (!data) return;
          const event = data.invoiceSyncStatusChanged;
          // graphql-ws sends `variables` again when it connects again: it goes on behind this event.
          // A program that may be restarted stores the cursor with its work.
          variables.after = event.cursor;
          console.log(event.sequence, event.status, event.phase ?? "");
          switch (event.status) {
            case "SYNCED":
            case "BYPASSED":
            case "ACTION_REQUIRED":
              give(event);
              stop();
              break;
            default: // SYNCING, and whatever a later version adds: still on its way
          }
        },
        error: fail,
        complete: () => {},
      },
    );
  });
}

/** Keep our value of this field and QuickBooks' of all others; give the new cursor. */
async function settle(id: string, ours: string): Promise<string> {
  const { invoice } = await call(ReadConflictDocument, { id });
  if (!invoice?.sync.conflict) throw new Error("The conflict was settled by somebody else.");
  const choices = invoice.sync.conflict.fields.map((field) => {
    const take = field.path === ours ? ("OURS" as const) : ("QUICKBOOKS" as const);
    console.log(`${field.path}: ours ${field.ours}, QuickBooks' ${field.quickbooks}; taking ${take}`);
    return { path: field.path, take };
  });
  const input = { invoiceId: id, version: invoice.version, choices, idempotencyKey: randomUUID() };
  const payload = (await call(ResolveConflictDocument, { input })).resolveConflict;
  if (!payload?.syncCursor) {
    throw new Error(payload?.userErrors.map((error) => error.message).join(" ") ?? "No answer.");
  }
  return payload.syncCursor;
}

async function main(number: string, description: string, unitPrice: string): Promise<boolean> {
  const client = createClient({
    url: url.replace("http", "ws"),
    webSocketImpl: WebSocket,
    connectionParams: { authorization },
    retryAttempts: Infinity,
    retryWait: () => sleep(200),
    shouldRetry: () => true,
    on: { closed: () => console.log("the line is closed") },
  });
  const invoice = await find(number);
  const task = invoice.tasks.find((one) => one.description === description);
  if (!task) throw new Error(`Invoice ${number} has no task "${description}".`);
  let cursor = await save({
    invoiceId: invoice.id,
    version: invoice.version,
    edits: { editTasks: [{ taskId: task.id, patch: { unitPrice } }] },
    idempotencyKey: randomUUID(), // one for the wish: `call` sends the same each time
  });
  let last = await follow(client, invoice.id, cursor);
  while (last.issue?.code === "EDIT_CONFLICT") {
    cursor = await settle(invoice.id, `tasks.${task.id}.unitPrice`);
    last = await follow(client, invoice.id, cursor);
  }
  await client.dispose();
  if (last.issue) console.log(last.issue.reason, last.issue.steps.map((step) => step.text));
  return last.status === "SYNCED";
}

const [number, description, price] = argv.slice(2);
if (!number || !description || !price) {
  console.error('Name the invoice, the task and its new price: 21259 "Seasonal tune-up" 46.00');
  exit(1);
}
main(number, description, price).then(
  (isSynced) => exit(isSynced ? 0 : 1),
  (reason: unknown) => {
    console.error(reason instanceof Error ? reason.message : reason);
    exit(1);
  },
);
