// GraphQL over HTTP: the audits of graphql-http, each of which must be ok, not merely tolerated.
import assert from "node:assert/strict";
import { test } from "node:test";
import { serverAudits } from "graphql-http";
import { signedIn, url } from "./office.mjs";

const audits = serverAudits({ url, fetchFn: signedIn });

test("there are 61 audits", () => assert.equal(audits.length, 61));

for (const audit of audits) {
  test(`${audit.id} ${audit.name}`, async () => {
    const result = await audit.fn();
    assert.equal(result.status, "ok", result.reason);
  });
}
