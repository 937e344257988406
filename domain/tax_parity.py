"""QuickBooks' sales tax against ours: what differs, and what is likely to cause it.

QuickBooks computes the tax itself, from its tax item and the taxable lines; nobody can post an
amount. So a difference is never mended by sending, only by finding its cause.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from domain.issues import Step, StepActor
from domain.money import ZERO, add_up, percent_of, plain
from domain.quickbooks import QuickBooksInvoice, QuickBooksLine, WantedInvoice
from domain.wanted import NOT_TAXABLE, TAXABLE

#: One component of a tax group is half a cent off at most; nobody has more components than this.
_ROUNDING = Decimal("0.05")


class TaxCause(StrEnum):
    """What is likely to make QuickBooks' tax another than ours."""

    CUSTOMER_NOT_TAXABLE = "CUSTOMER_NOT_TAXABLE"
    TAXABLE_LINE = "TAXABLE_LINE"
    FOREIGN_LINE = "FOREIGN_LINE"
    NO_TAX_ZONE = "NO_TAX_ZONE"
    RATE = "RATE"
    ROUNDING = "ROUNDING"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, slots=True)
class TaxDifference:
    """Both amounts, the likely cause in a sentence, and who can mend it how."""

    ours: Decimal
    quickbooks: Decimal
    cause: TaxCause
    explanation: str
    step: Step

    @property
    def reason(self) -> str:
        """What is told of it."""
        return (
            f"QuickBooks computed {self.quickbooks} sales tax where Instep computed {self.ours}."
            f" {self.explanation}"
        )


def tax_difference(
    wanted: WantedInvoice, held: QuickBooksInvoice, tasks_by_line: Mapping[str, UUID]
) -> TaxDifference | None:
    """Give what differs in the sales tax, None when nothing does or QuickBooks told no tax."""
    if held.sales_tax is None or held.sales_tax == wanted.sales_tax:
        return None
    cause, explanation, step = _explain(wanted, held, tasks_by_line, held.sales_tax)
    return TaxDifference(wanted.sales_tax, held.sales_tax, cause, explanation, step)


def _explain(
    wanted: WantedInvoice,
    held: QuickBooksInvoice,
    tasks_by_line: Mapping[str, UUID],
    tax: Decimal,
) -> tuple[TaxCause, str, Step]:
    """The causes that can be seen come first; the rates are what is left."""
    if not tax and NOT_TAXABLE.same_as(held.customer_tax_code):
        return (
            TaxCause.CUSTOMER_NOT_TAXABLE,
            f"The customer “{held.customer}” is not taxable in QuickBooks.",
            _bookkeeper(
                "Correct the customer's tax code in QuickBooks, or the taxable flags here."
            ),
        )
    if line := _taxed_on_one_side(wanted, held, tasks_by_line):
        return (
            TaxCause.TAXABLE_LINE,
            f"The line {line} is taxable on one side only.",
            _office("Compare the taxable flag of that task, then Re-Sync."),
        )
    if lines := _taxed_foreign_lines(wanted, held, tasks_by_line, tax):
        return (
            TaxCause.FOREIGN_LINE,
            f"QuickBooks taxes lines that were added there: {', '.join(lines)}.",
            _bookkeeper("Check in QuickBooks whether these lines are taxable."),
        )
    if wanted.tax_item is None:
        return (
            TaxCause.NO_TAX_ZONE,
            f"The invoice has no tax zone here, and QuickBooks taxes it by “{held.tax_item}”.",
            _office("Choose the tax zone of the invoice, then Re-Sync."),
        )
    return _by_rates(wanted, held, tax)


def _by_rates(
    wanted: WantedInvoice, held: QuickBooksInvoice, tax: Decimal
) -> tuple[TaxCause, str, Step]:
    rate = _total(wanted.tax_rates)
    taxable = _taxable_amount(wanted)
    theirs = held.tax_percent
    if theirs is None and taxable:
        is_rounding = abs(tax - wanted.sales_tax) <= _ROUNDING
        theirs = rate if is_rounding else (tax / taxable * 100).quantize(Decimal("0.001"))
    if theirs is not None and theirs != rate:
        both = f"{plain(theirs)} %, the tax zone here at {plain(rate)} %"
        return (
            TaxCause.RATE,
            f"QuickBooks taxes {taxable} at {both}.",
            _administrator(f"Make the tax zone's rates and QuickBooks' “{wanted.tax_item}” equal."),
        )
    if abs(tax - wanted.sales_tax) <= _ROUNDING and taxable:
        return TaxCause.ROUNDING, _rounding(wanted, taxable, rate, tax), _administrator(
            f"Make “{wanted.tax_item}” a group in both, of the same components, or one item in"
            " both."
        )  # fmt: skip
    return (
        TaxCause.UNKNOWN,
        "The lines and the rates agree as far as QuickBooks tells.",
        _administrator("Compare the tax zone's rates with QuickBooks' item."),
    )


def _rounding(wanted: WantedInvoice, taxable: Decimal, rate: Decimal, tax: Decimal) -> str:
    """Say of which kind each side is: a group rounds each of its components."""
    is_single = len(wanted.tax_rates) > 1 and percent_of(taxable, rate) == tax
    ours = f"a group of {len(wanted.tax_rates)}" if len(wanted.tax_rates) > 1 else "one item"
    theirs = "one item" if is_single else "a group" if len(wanted.tax_rates) == 1 else "another"
    return (
        f"Both tax {taxable} at {plain(rate)} %, but round differently: here it is {ours}, in"
        f" QuickBooks probably {theirs}; a group rounds each of its components."
    )


def _taxed_on_one_side(
    wanted: WantedInvoice, held: QuickBooksInvoice, tasks_by_line: Mapping[str, UUID]
) -> str | None:
    lines = {tasks_by_line.get(line.txn_line_id): line for line in held.lines}
    for ours in wanted.lines:
        theirs = lines.get(ours.task_id)
        if theirs is not None and not ours.tax_code.same_as(theirs.tax_code) and ours.amount:
            return f"“{ours.description or ours.item}”"
    return None


def _taxed_foreign_lines(
    wanted: WantedInvoice, held: QuickBooksInvoice, tasks_by_line: Mapping[str, UUID], tax: Decimal
) -> list[str]:
    """Give the lines that are not ours, if taxing them too makes QuickBooks' amount."""
    foreign = (line for line in held.lines if line.txn_line_id not in tasks_by_line)
    taxed = [line for line in foreign if line.amount and _may_be_taxed(line)]
    base = _taxable_amount(wanted) + add_up(line.amount or ZERO for line in taxed)
    rates = wanted.tax_rates
    expected = (add_up(percent_of(base, rate) for rate in rates), percent_of(base, _total(rates)))
    is_told = not any(line.is_group for line in taxed)
    if not rates or (is_told and tax not in expected):
        return []
    return [f"“{line.description or line.item}” ({line.amount})" for line in taxed]


def _may_be_taxed(line: QuickBooksLine) -> bool:
    """What a group's members are is not told; texts and subtotals have no tax code."""
    return line.is_group or (line.tax_code is not None and not NOT_TAXABLE.same_as(line.tax_code))


def _taxable_amount(wanted: WantedInvoice) -> Decimal:
    return add_up(line.amount for line in wanted.lines if TAXABLE.same_as(line.tax_code))


def _total(rates: Iterable[Decimal]) -> Decimal:
    return sum(rates, Decimal(0))


def _office(text: str) -> Step:
    return Step(StepActor.OFFICE, text)


def _bookkeeper(text: str) -> Step:
    return Step(StepActor.BOOKKEEPER, text)


def _administrator(text: str) -> Step:
    return Step(StepActor.ADMINISTRATOR, text)
