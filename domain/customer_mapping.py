"""How customers are named in QuickBooks: by themselves, or with a job for each service location.

Source: requirements (a2), "Customer matching": customer level (default), service location address,
service location name. Only invoices that are exported from then on are named anew.
"""

from enum import StrEnum

from domain.guards import Guard, GuardCode, reminder
from domain.limits import quickbooks_text
from domain.lists import ServiceLocation

#: Of a job, which is the last part of `Customer:Job`. Source: qbXML 13.0, CustomerAdd Name.
_LONGEST_JOB = 41


class CustomerMapping(StrEnum):
    """What an invoice's customer is in QuickBooks."""

    CUSTOMER = "CUSTOMER"
    SERVICE_LOCATION_ADDRESS = "SERVICE_LOCATION_ADDRESS"
    SERVICE_LOCATION_NAME = "SERVICE_LOCATION_NAME"


def job_of(mapping: CustomerMapping, location: ServiceLocation | None) -> str | None:
    """Give the job below the customer; None: the invoice belongs to the customer itself.

    A colon would begin a job of the job, so it becomes a blank; what is too long is cut.
    """
    if location is None or mapping is CustomerMapping.CUSTOMER:
        return None
    is_address = mapping is CustomerMapping.SERVICE_LOCATION_ADDRESS
    text = quickbooks_text(location.address if is_address else location.name)
    plain = " ".join(text.replace(":", " ").split())
    return plain[:_LONGEST_JOB].rstrip() or None


def mapping_changes(count: int, title: str) -> Guard:
    """Give the warning of a change, which the article advises against."""
    return reminder(
        GuardCode.CUSTOMER_MAPPING_CHANGES,
        f"It is not recommended to change the customer mapping. {count} exported transactions in"
        f" “{title}” stay under the customers and jobs that they have; new ones get others, and"
        " QuickBooks applies no payment of the one to the other by itself.",
        "Confirm, when whoever keeps the books in QuickBooks agrees.",
        path=(),
    )
