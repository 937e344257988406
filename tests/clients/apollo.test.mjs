// @apollo/client, whose HttpLink subscribes by its own multipart protocol.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ApolloClient, HttpLink, InMemoryCache, gql } from "@apollo/client";
import {
  EVENTS, SAVE, VIEWER, aLine, aWish, cursorNow, invoiceOf, save, signedIn, until, url,
} from "./office.mjs";

const id = invoiceOf("apollo");
let type;
const watched = async (address, options) => {
  const response = await signedIn(address, options);
  type = response.headers.get("content-type");
  return response;
};
const aClient = (address) =>
  new ApolloClient({
    cache: new InMemoryCache(),
    link: new HttpLink({ uri: address, fetch: watched }),
  });
const client = aClient(url);

test("a query is answered", async () => {
  const { data } = await client.query({ query: gql(VIEWER) });
  assert.equal(data.viewer.actor.name, "Olga");
});

test("a mutation saves", async () => {
  const variables = { input: await aWish(id) };
  const { data } = await client.mutate({ mutation: gql(SAVE), variables });
  assert.deepEqual(data.saveAndSync.userErrors, []);
});

test("an error is told with its code", async () => {
  await assert.rejects(client.query({ query: gql("query { nobody }") }), (error) => {
    assert.equal(error.errors[0].extensions.code, "GRAPHQL_VALIDATION_FAILED");
    return true;
  });
});

test("a subscription follows in parts", async () => {
  const variables = { after: await cursorNow(), filter: { invoiceIds: [id] } };
  const seen = [];
  const failures = [];
  const followed = client
    .subscribe({ query: gql(EVENTS), variables })
    .subscribe({ next: (result) => seen.push(result), error: (error) => failures.push(error) });
  await save(id);
  await save(id);
  await until(() => seen.length >= 2, "two events");
  followed.unsubscribe();

  assert.match(type, /^multipart\/mixed/);
  assert.deepEqual(failures, []);
  assert.deepEqual(seen.map((result) => result.error), seen.map(() => undefined));
  assert.deepEqual(seen.map((result) => result.data.syncStatusChanged.invoice.id), seen.map(() => id));
});

test("a refused subscription is an error, not silence", async () => {
  const failure = await new Promise((give) => {
    client
      .subscribe({ query: gql("subscription { nobody }") })
      .subscribe({ next: (result) => result.error && give(result.error), error: give });
  });
  assert.match(JSON.stringify(failure), /GRAPHQL_VALIDATION_FAILED/);
});

test("a stream that breaks off is an error: it must not look like the end of the events", async () => {
  const line = await aLine();
  const variables = { after: await cursorNow(), filter: { invoiceIds: [id] } };
  const seen = [];
  const failures = [];
  aClient(line.url)
    .subscribe({ query: gql(EVENTS), variables })
    .subscribe({
      next: (result) => (result.error ? failures : seen).push(result),
      error: (error) => failures.push(error),
    });
  await save(id);
  await until(() => seen.length >= 1, "an event");
  line.cut();
  await until(() => failures.length >= 1, "the error");
  line.close();
});
