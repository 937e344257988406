// graphql-ws over a WebSocket.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { createClient } from "graphql-ws";
import WebSocket from "ws";
import {
  EVENTS, SAVE, VIEWER, aWish, authorization, cursorNow, invoiceOf, save, soon, until, url,
} from "./office.mjs";

const id = invoiceOf("graphql-ws");
const clients = [];

function aClient(options = {}) {
  const client = createClient({
    url: url.replace("http", "ws"),
    webSocketImpl: WebSocket,
    connectionParams: () => ({ authorization }),
    retryWait: () => new Promise((wake) => setTimeout(wake, 20)),
    ...options,
  });
  clients.push(client);
  return client;
}

after(() => Promise.all(clients.map((client) => client.dispose())));

/** The result of a query or mutation. */
const ask = (client, query, variables) =>
  soon(
    new Promise((give, fail) => {
      let result;
      const sink = { next: (value) => (result = value), error: fail, complete: () => give(result) };
      client.subscribe({ query, variables }, sink);
    }),
    query,
  );

/** Follow the invoice; the client resumes behind the last event because `after` moves with it. */
function follow(client, cursor) {
  const followed = { sequences: [], ended: null };
  const variables = { after: cursor, filter: { invoiceIds: [id] } };
  followed.stop = client.subscribe(
    { query: EVENTS, variables },
    {
      next: ({ data }) => {
        const event = data.syncStatusChanged;
        followed.sequences.push(event.sequence);
        variables.after = event.cursor; // graphql-ws sends `variables` again when it reconnects
      },
      error: (reason) => (followed.ended = reason),
      complete: () => (followed.ended = "complete"),
    },
  );
  return followed;
}

test("a query is answered", async () => {
  const { data } = await ask(aClient(), VIEWER);
  assert.deepEqual(data, { viewer: { actor: { name: "Olga" } } });
});

test("a mutation saves", async () => {
  const { data } = await ask(aClient(), SAVE, { input: await aWish(id) });
  assert.deepEqual(data.saveAndSync.userErrors, []);
  assert.equal(data.saveAndSync.invoice.syncStatus, "SYNCING");
});

test("a silent reconnect resumes: no event is lost, none comes twice", async () => {
  let connections = 0;
  const client = aClient({ on: { connected: () => (connections += 1) } });
  const followed = follow(client, await cursorNow());
  await save(id);
  await until(() => followed.sequences.length >= 1, "the first event");

  const before = followed.sequences.length;
  client.terminate();
  await save(id); // maybe while the client is away
  await until(() => followed.sequences.length > before, "the event after the reconnect");
  await save(id);
  await until(() => followed.sequences.length > before + 1, "live events after the reconnect");
  followed.stop();

  const numbers = followed.sequences;
  assert.equal(connections, 2);
  assert.equal(followed.ended, null);
  assert.deepEqual(numbers, [...new Set(numbers)].sort((a, b) => a - b));
});

test("a syntax error ends its own operation, and the subscription beside it lives", async () => {
  const client = aClient({ shouldRetry: () => false });
  const followed = follow(client, await cursorNow());

  await assert.rejects(ask(client, "query {"), (errors) => {
    assert.equal(errors[0].extensions.code, "GRAPHQL_PARSE_FAILED");
    return true;
  });
  await save(id);

  await until(() => followed.sequences.length >= 1, "an event after the syntax error");
  assert.equal(followed.ended, null);
  followed.stop();
});

test("a credential that does not hold closes the socket with 4403", async () => {
  const client = aClient({ connectionParams: { authorization: "Bearer no" }, retryAttempts: 0 });
  await assert.rejects(ask(client, VIEWER), (closed) => closed.code === 4403);
});
