"""Names in QuickBooks, over GraphQL."""

from schema.ids import global_id
from tests.quickbooks_side import QuickBooksSide
from tests.schema.callers import execute

FINDINGS = """
{ setupFindings { code message step entryId entry { id ... on Item { name } } } }
"""
SET_NAME = """
mutation ($input: SetQuickBooksNameInput!) {
  setQuickbooksName(input: $input) {
    entry { id ... on Item { quickbooksName } }
    affectedTransactions
    releasedSyncs
    userErrors { code message field ... on GuardError { guards { code severity } } }
  }
}
"""
SET_COGS = """
mutation ($input: SetCogsAccountInput!) {
  setCogsAccount(input: $input) {
    item { cogsAccount }
    userErrors { code field }
  }
}
"""


async def test_a_finding_is_mended_with_its_own_id(office, change_row):
    adam = await office.as_person("Adam")
    await change_row("item", office.id_of("Seasonal tune-up"), quickbooks_name=None)

    shown = await execute(FINDINGS, adam)

    (finding,) = shown.data["setupFindings"]
    assert finding["code"] == "ITEM_WITHOUT_NAME"
    assert finding["entry"] == {"id": finding["entryId"], "name": "Seasonal tune-up"}
    wish = {"id": finding["entryId"], "quickbooksName": "SVC-TUNE"}
    done = (await execute(SET_NAME, adam, input=wish)).data["setQuickbooksName"]
    assert done == {
        "entry": {"id": finding["entryId"], "quickbooksName": "SVC-TUNE"},
        "affectedTransactions": 0,
        "releasedSyncs": 0,
        "userErrors": [],
    }
    assert (await execute(FINDINGS, adam)).data["setupFindings"] == []


async def test_a_change_with_exported_invoices_asks_first(office):
    await QuickBooksSide(office).export(await office.new_invoice())
    item = global_id("Item", office.id_of("Seasonal tune-up"))
    wish = {"id": item, "quickbooksName": "SVC-DIAG"}

    answer = await execute(SET_NAME, await office.as_person("Adam"), input=wish)

    (error,) = answer.data["setQuickbooksName"]["userErrors"]
    assert error["code"] == "ACKNOWLEDGEMENT_NEEDED"
    assert error["guards"] == [
        {"code": "EXPORTED_TRANSACTIONS_AFFECTED", "severity": "ACKNOWLEDGE"}
    ]


async def test_an_id_of_something_without_a_name_in_quickbooks_is_not_found(office):
    technician = global_id("Technician", office.id_of("Ana"))
    wish = {"id": technician, "quickbooksName": "Ana"}

    answer = await execute(SET_NAME, await office.as_person("Adam"), input=wish)

    (error,) = answer.data["setQuickbooksName"]["userErrors"]
    assert (error["code"], error["field"]) == ("NOT_FOUND", ["input", "id"])


async def test_the_cogs_account_is_set_and_checked(office):
    adam = await office.as_person("Adam")
    item = global_id("Item", office.id_of("Air filter 16x25"))

    done = await execute(SET_COGS, adam, input={"id": item, "account": "COGS:Parts"})
    refused = await execute(SET_COGS, adam, input={"id": item, "account": " "})

    assert done.data["setCogsAccount"] == {"item": {"cogsAccount": "COGS:Parts"}, "userErrors": []}
    assert refused.data["setCogsAccount"]["userErrors"] == [
        {"code": "REQUIRED", "field": ["input", "account"]}
    ]
