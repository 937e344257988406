"""What guards look at besides the content that a save leads to."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.account import Account
from domain.company_file import CompanyFile
from domain.lists import AccountingPeriod
from domain.quickbooks import QuickBooksLink
from domain.wanted import References


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardFacts:
    """The account's rules, and what is known of QuickBooks' side."""

    account: Account
    periods: Sequence[AccountingPeriod]
    references: References
    #: Another invoice of the company file has the new number.
    is_number_in_use: bool
    #: The save is to be sent now, so everything must have a name in QuickBooks.
    is_sent: bool
    #: What QuickBooks holds; what was bypassed since leaves together with this save.
    link: QuickBooksLink | None = None
    #: The company file that holds the invoice, with QuickBooks' settings as far as they are known.
    company_file: CompanyFile | None = None
