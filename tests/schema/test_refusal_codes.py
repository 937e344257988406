"""Each mutation names the codes that it answers; all tests together hold it to that."""

import pytest
from graphql import build_schema

from domain.errors import PinRefused
from schema.refusal_codes import EVERYWHERE, REFUSALS, UnlistedRefusal, is_listed, name_refusals
from schema.user_errors import UserErrorCode
from tests.schema.callers import a_caller, execute
from tests.schema.printed import printed_schema
from tests.schema.test_user_errors import INVOICE, SAVE

CODES = {str(code) for code in UserErrorCode}


def test_every_mutation_has_its_row_and_every_code_exists():
    fields = printed_schema().mutation_type.fields

    assert set(REFUSALS) == set(fields)
    assert {code for codes in REFUSALS.values() for code in codes} | EVERYWHERE == CODES


@pytest.mark.parametrize(
    ("field", "code"),
    [("version", "VERSION_CONFLICT"), ("acknowledge", "ACKNOWLEDGEMENT_NEEDED")],
)
def test_what_an_input_asks_for_can_be_refused(field, code):
    fields = printed_schema().mutation_type.fields
    asks = {n for n, f in fields.items() if field in f.args["input"].type.of_type.fields}

    assert {name for name in REFUSALS if is_listed(name, code)} == asks


async def test_a_code_that_the_description_does_not_name_is_a_warning_and_told_all_the_same():
    """A warning fails a test, so all tests together look for the missing ones."""
    refusal = PinRefused("This is not Adam's PIN.", where=())
    wish = {"invoiceId": INVOICE, "version": 1, "idempotencyKey": "1"}

    with pytest.warns(UnlistedRefusal, match="List PIN_REFUSED of saveAndSync"):
        answer = await execute(SAVE, a_caller(refusal), input=wish)

    (error,) = answer.data["saveAndSync"]["userErrors"]
    assert error["code"] == "PIN_REFUSED"


def test_a_mutation_without_a_row_stops_the_start():
    with pytest.raises(LookupError, match="newOne"):
        name_refusals(build_schema("type Query { x: Int } type Mutation { newOne: Int }"))
