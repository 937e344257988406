// @urql/core, which names text/event-stream in the Accept header of every request.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Client, fetchExchange } from "@urql/core";
import {
  EVENTS, SAVE, VIEWER, aLine, aWish, cursorNow, invoiceOf, save, signedIn, until, url,
} from "./office.mjs";

const id = invoiceOf("urql");
let answered;
const watched = async (address, options) => {
  const response = await signedIn(address, options);
  answered = { accept: new Headers(options.headers).get("accept"), type: response.headers.get("content-type") };
  return response;
};
const aClient = (address) =>
  new Client({
    url: address,
    exchanges: [fetchExchange],
    fetch: watched,
    fetchSubscriptions: true,
    preferGetMethod: false,
  });
const client = aClient(url);

test("a query is answered as JSON", async () => {
  const { data, error } = await client.query(VIEWER, {}).toPromise();
  assert.equal(error, undefined);
  assert.equal(data.viewer.actor.name, "Olga");
  assert.match(answered.accept, /text\/event-stream/);
  assert.match(answered.type, /^application\/graphql-response\+json/);
});

test("a mutation saves", async () => {
  const { data, error } = await client.mutation(SAVE, { input: await aWish(id) }).toPromise();
  assert.equal(error, undefined);
  assert.deepEqual(data.saveAndSync.userErrors, []);
});

test("an error is told with its code", async () => {
  const { error } = await client.query("query { nobody }", {}).toPromise();
  assert.equal(error.graphQLErrors[0].extensions.code, "GRAPHQL_VALIDATION_FAILED");
});

test("a subscription follows by server-sent events", async () => {
  const variables = { after: await cursorNow(), filter: { invoiceIds: [id] } };
  const seen = [];
  const followed = client.subscription(EVENTS, variables).subscribe((result) => seen.push(result));
  await save(id);
  await save(id);
  await until(() => seen.length >= 2, "two events");
  followed.unsubscribe();

  assert.match(answered.type, /^text\/event-stream/);
  assert.deepEqual(seen.map((result) => result.error), seen.map(() => undefined));
  assert.deepEqual(seen.map((result) => result.data.syncStatusChanged.invoice.id), seen.map(() => id));
});

test("a stream that breaks off is an error: it must not look like the end of the events", async () => {
  const line = await aLine();
  const variables = { after: await cursorNow(), filter: { invoiceIds: [id] } };
  const seen = [];
  aClient(line.url).subscription(EVENTS, variables).subscribe((result) => seen.push(result));
  await save(id);
  await until(() => seen.length >= 1, "an event");
  line.cut();
  await until(() => seen.some((result) => result.error?.networkError), "the error");
  line.close();
});
