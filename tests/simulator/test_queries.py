"""Which transactions and list entries a filter means (qbwc.md 3.5)."""

import pytest


@pytest.mark.parametrize(
    ("criteria", "count"),
    [
        ("<RefNumberCaseSensitive>21259</RefNumberCaseSensitive>", 1),
        ("<RefNumberCaseSensitive>2125</RefNumberCaseSensitive>", 0),
        (
            (
                "<EntityFilter><FullNameWithChildren>Lone Star Diner</FullNameWithChildren>"
                "</EntityFilter>"
            ),
            1,
        ),
        (
            (
                "<RefNumberFilter><MatchCriterion>StartsWith</MatchCriterion>"
                "<RefNumber>212</RefNumber></RefNumberFilter>"
            ),
            1,
        ),
        (
            (
                "<RefNumberRangeFilter><FromRefNumber>3</FromRefNumber><ToRefNumber>5</ToRefNumber>"
                "</RefNumberRangeFilter>"
            ),
            1,
        ),
        (
            (
                "<ModifiedDateRangeFilter><FromModifiedDate>2026-11-21T09:00:01</FromModifiedDate>"
                "</ModifiedDateRangeFilter>"
            ),
            0,
        ),
    ],
)
def test_invoices_are_found_by_number_customer_and_date(add, ask, criteria, count):
    add("<RefNumber>400</RefNumber>", customer="Lone Star Diner:Walk-in cooler")

    assert len(ask(f"<InvoiceQueryRq>{criteria}</InvoiceQueryRq>")[0]) == count


def test_names_are_found_between_two_bounds(ask):
    bounds = "<NameRangeFilter><FromName>L</FromName><ToName>M</ToName></NameRangeFilter>"

    response = ask(f"<CustomerQueryRq>{bounds}</CustomerQueryRq>")

    assert [name.text for name in response.iter("Name")] == ["Lone Star Diner", "Walk-in cooler"]
