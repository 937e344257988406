"""What an invoice's customer becomes in QuickBooks."""

import pytest

from domain.customer_mapping import CustomerMapping, job_of, mapping_changes
from domain.guards import GuardSeverity
from domain.lists import ServiceLocation
from tests.builders import CUSTOMER_ID, an_id

BY_ADDRESS = CustomerMapping.SERVICE_LOCATION_ADDRESS
BY_NAME = CustomerMapping.SERVICE_LOCATION_NAME


def a_location(name="Lake house", address="5 Shore Rd, Fort Worth"):
    return ServiceLocation(an_id(0x51), CUSTOMER_ID, name, address)


@pytest.mark.parametrize(
    ("mapping", "location", "job"),
    [
        (CustomerMapping.CUSTOMER, a_location(), None),
        (BY_ADDRESS, None, None),
        (BY_NAME, None, None),
        (BY_ADDRESS, a_location(), "5 Shore Rd, Fort Worth"),
        (BY_NAME, a_location(), "Lake house"),
        (BY_NAME, a_location(name="Unit: 5\n  north"), "Unit 5 north"),
        (BY_NAME, a_location(name=" : "), None),
        (BY_ADDRESS, a_location(address="x" * 40 + " yz"), "x" * 40),
    ],
)
def test_the_job_is_what_the_mapping_says(mapping, location, job):
    assert job_of(mapping, location) == job


def test_a_change_is_warned_of_with_the_number_of_exported_transactions():
    guard = mapping_changes(17, "Fixture Heating & Air")

    assert guard.severity is GuardSeverity.ACKNOWLEDGE
    assert guard.message.startswith("It is not recommended to change the customer mapping. 17 ")
    assert "“Fixture Heating & Air”" in guard.message
