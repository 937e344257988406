// graphql-sse over server-sent events, in its distinct connections mode.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { createClient } from "graphql-sse";
import {
  EVENTS, VIEWER, aLine, authorization, cursorNow, invoiceOf, save, soon, until, url,
} from "./office.mjs";

const id = invoiceOf("graphql-sse");
const clients = [];

function aClient(options = {}) {
  const client = createClient({
    url,
    headers: { authorization },
    retry: () => new Promise((wake) => setTimeout(wake, 20)),
    ...options,
  });
  clients.push(client);
  return client;
}

after(() => clients.forEach((client) => client.dispose()));

const ask = (client, query) =>
  soon(
    new Promise((give, fail) => {
      let result;
      const sink = { next: (value) => (result = value), error: fail, complete: () => give(result) };
      client.subscribe({ query }, sink);
    }),
    query,
  );

function follow(client, cursor) {
  const followed = { sequences: [], ended: null };
  const variables = { after: cursor, filter: { invoiceIds: [id] } };
  followed.stop = client.subscribe(
    { query: EVENTS, variables },
    {
      next: ({ data }) => {
        followed.sequences.push(data.syncStatusChanged.sequence);
        variables.after = data.syncStatusChanged.cursor;
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

test("a bad document is told with its code", async () => {
  const { errors } = await ask(aClient(), "query { nobody }");
  assert.equal(errors[0].extensions.code, "GRAPHQL_VALIDATION_FAILED");
});

test("a line that breaks is taken up again behind the last event", async () => {
  const line = await aLine();
  const followed = follow(aClient({ url: line.url }), await cursorNow());
  await save(id);
  await until(() => followed.sequences.length >= 1, "the first event");

  const before = followed.sequences.length;
  line.cut();
  await save(id);
  await until(() => followed.sequences.length > before, "the event after the reconnect");
  followed.stop();
  line.close();

  const numbers = followed.sequences;
  assert.equal(followed.ended, null);
  assert.deepEqual(numbers, [...new Set(numbers)].sort((a, b) => a - b));
});
