"""What an operation costs is taken before it runs, told with its answer, and limited."""

from contextlib import aclosing
from dataclasses import replace
from datetime import timedelta

import httpx
from graphql import get_introspection_query
from starlette.applications import Starlette

from resolvers.budget import Balance
from schema.build import schema
from schema.context import GraphQLContext
from schema.sign_in import SignIn
from schema.view import routes
from tests.builders import NOW, a_customer, an_id
from tests.schema.callers import TOKEN, a_caller, reads
from tests.schema.test_view import GRAPHQL, VIEWER, code_of

CUSTOMERS = "{ customers { id } }"


class Bucket:
    """Holds points in a number; nothing comes back by itself."""

    def __init__(self, left=1000, most=1000):
        self.left, self.most = left, most

    async def take(self, principal, points):
        enough = points <= self.left
        self.left -= points if enough else 0
        return Balance(
            remaining=self.left, most=self.most, per_second=10, at=NOW, was_enough=enough
        )

    def give_back(self, principal, points):
        self.left += points


async def ask(bucket, document, *works, accept=GRAPHQL, **variables):
    caller = replace(a_caller(*works), budget=bucket)

    async def authenticate(authorization):
        return caller

    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(Starlette(routes=routes(authenticate))),
        base_url="http://instep",
        headers={"Authorization": TOKEN, "Accept": accept},
    ) as api:
        return await api.post("/graphql", json={"query": document, "variables": variables})


def customers(count):
    return reads(lists={"customers": {an_id(n): a_customer(id=an_id(n)) for n in range(count)}})


async def test_each_answer_tells_what_it_cost():
    bucket = Bucket()

    answer = (await ask(bucket, VIEWER)).json()

    assert answer["extensions"]["cost"] == {
        "requested": 3,
        "actual": 3,
        "remaining": 997,
        "resetAt": "2026-11-20T09:00:00.300000Z",
    }
    assert bucket.left == 997


async def test_what_was_not_returned_is_given_back():
    bucket = Bucket()

    answer = (await ask(bucket, CUSTOMERS, customers(2))).json()

    cost = answer["extensions"]["cost"]
    assert (cost["requested"], cost["actual"], cost["remaining"]) == (11, 3, 997)
    assert bucket.left == 997


async def test_nothing_more_is_taken_than_was_said():
    bucket = Bucket()

    answer = (await ask(bucket, CUSTOMERS, customers(30))).json()

    assert len(answer["data"]["customers"]) == 30
    assert answer["extensions"]["cost"]["actual"] == 11
    assert bucket.left == 989


async def test_an_operation_that_costs_more_than_a_full_bucket_is_refused():
    bucket = Bucket(left=10, most=10)

    response = await ask(bucket, CUSTOMERS)

    assert (response.status_code, code_of(response)) == (400, "QUERY_TOO_COMPLEX")
    (error,) = response.json()["errors"]
    assert "11 points" in error["message"]
    assert "10 is the most" in error["message"]
    assert bucket.left == 10


async def test_who_has_too_few_points_is_told_when_to_come_again():
    bucket = Bucket(left=1)

    for accept in (GRAPHQL, "application/json"):
        response = await ask(bucket, CUSTOMERS, accept=accept)

        assert (response.status_code, code_of(response)) == (429, "RATE_LIMITED")
        assert response.headers["retry-after"] == "1"
        (error,) = response.json()["errors"]
        assert error["extensions"]["retryAfter"] == 1
        assert response.json()["extensions"]["cost"]["actual"] == 0
        assert "data" not in response.json()
    assert bucket.left == 1


async def test_the_wait_is_as_long_as_the_points_take():
    response = await ask(Bucket(left=0), "{ customers { id serviceLocations { id } } }")

    requested = response.json()["extensions"]["cost"]["requested"]
    assert int(response.headers["retry-after"]) == -(-requested // 10) > 1


async def test_a_fault_of_the_caller_costs_nothing():
    bucket = Bucket()

    for document in ("{", "{ nobody }"):
        assert "extensions" not in (await ask(bucket, document)).json()
    await ask(bucket, "query($a: String!) { invoices(after: $a) { nodes { id } } }", a=None)

    assert bucket.left == 1000


async def test_a_mutation_costs_its_work_even_where_it_is_refused():
    bucket = Bucket()

    answer = await ask(
        bucket, 'mutation { discardDraft(input: {invoiceId: "x"}) { userErrors { code } } }'
    )

    assert answer.json()["data"]["discardDraft"]["userErrors"]
    assert bucket.left == 1000 - 10 - 2


async def test_a_subscription_costs_once():
    bucket = Bucket(left=15)
    caller = replace(a_caller(RuntimeError(), RuntimeError()), budget=bucket)

    async def still():
        return caller

    async def subscribe():
        context = GraphQLContext(caller, SignIn(caller, still))
        document = "subscription { syncStatusChanged { id } }"
        stream = await schema().stream(document, context_value=context)
        async with aclosing(stream):
            return await anext(stream)

    first, second = await subscribe(), await subscribe()

    assert first.extensions["cost"]["actual"] == 10
    assert second.errors[0].extensions["code"] == "RATE_LIMITED"
    assert bucket.left == 5


def test_a_bucket_tells_when_it_is_full_again():
    balance = Balance(remaining=40, most=100, per_second=2, at=NOW)

    assert balance.reset_at == NOW + timedelta(seconds=30)
    assert balance.plus(70).remaining == 100
    assert balance.seconds_until(41) == 1


async def ask_for_the_schema(document, *, may_read_schema):
    caller = replace(a_caller(), may_read_schema=may_read_schema)
    return await schema().execute(document, context_value=GraphQLContext(caller))


async def test_the_schema_is_shown_to_whom_it_may_be_shown_however_often_somebody_read_it():
    """One may ask for what another was just answered, in the very same words."""
    for document in (get_introspection_query(), '{ __type(name: "Query") { name } }'):
        for may in (True, False, True, False):
            result = await ask_for_the_schema(document, may_read_schema=may)

            assert (result.errors is None) is may
            if not may:
                assert result.errors[0].extensions["code"] == "FORBIDDEN"
                assert "instep schema" in result.errors[0].message


async def test_the_name_of_a_type_is_no_secret():
    document = "{ __typename viewer { __typename } }"

    assert (await ask_for_the_schema(document, may_read_schema=False)).errors is None
