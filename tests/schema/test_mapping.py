"""Service locations and the customer mapping, over GraphQL."""

from app.ids import new_id
from domain.lists import ServiceLocation
from schema.ids import global_id
from tests.schema.callers import execute

SHOWN = """
{
  companyFiles { id customerMapping }
  customers { name serviceLocations { id name address } }
}
"""
SET = """
mutation ($input: SetCustomerMappingInput!) {
  setCustomerMapping(input: $input) {
    companyFile { customerMapping }
    affectedTransactions
    userErrors { code ... on GuardError { guards { code message } } }
  }
}
"""
INVOICE = "query ($id: ID!) { node(id: $id) { ... on Invoice { serviceLocation { name } } } }"


async def test_the_mapping_is_shown_warned_of_and_changed(office):
    adam = await office.as_person("Adam")
    (file,) = (await execute(SHOWN, adam)).data["companyFiles"]
    assert file["customerMapping"] == "CUSTOMER"
    wish = {"companyFileId": file["id"], "mapping": "SERVICE_LOCATION_NAME"}

    asked = (await execute(SET, adam, input=wish)).data["setCustomerMapping"]
    wish["acknowledge"] = ["CUSTOMER_MAPPING_CHANGES"]
    done = (await execute(SET, adam, input=wish)).data["setCustomerMapping"]

    (error,) = asked["userErrors"]
    assert error["code"] == "ACKNOWLEDGEMENT_NEEDED"
    assert "It is not recommended" in error["guards"][0]["message"]
    assert done == {
        "companyFile": {"customerMapping": "SERVICE_LOCATION_NAME"},
        "affectedTransactions": 0,
        "userErrors": [],
    }


async def test_service_locations_stand_with_their_customer_and_invoice(office):
    key = office.id_of("Harriet Doyle")
    location = ServiceLocation(new_id(), key, "Lake house", "5 Shore Rd")
    async with office.open_work() as work:
        await work.lists.add(location)
    invoice = await office.new_invoice(service_location_id=location.id)
    olga = await office.as_person()

    shown = await execute(SHOWN, olga)
    found = await execute(INVOICE, olga, id=global_id("Invoice", invoice.id))

    locations = {c["name"]: c["serviceLocations"] for c in shown.data["customers"]}
    assert locations["Harriet Doyle"] == [
        {"id": global_id("ServiceLocation", location.id), "name": "Lake house",
         "address": "5 Shore Rd"}
    ]  # fmt: skip
    (diner,) = locations["Lone Star Diner"]
    assert diner["name"] == "Kitchen"
    assert found.data["node"]["serviceLocation"] == {"name": "Lake house"}
