"""One missing thing stops many invoices: who met it first, who waits for it."""

from datetime import timedelta

import pytest

from domain.issues import ObjectKind, QuickBooksObject
from domain.quickbooks import Ref
from domain.roots import dependent_of, names, root_behind
from tests.builders import (
    NOW,
    TASK_2,
    a_job,
    a_wanted,
    a_wanted_line,
    an_id,
    an_issue,
)

WANTED = a_wanted(
    lines=(
        a_wanted_line(),
        a_wanted_line(
            task_id=TASK_2,
            item=Ref("Parts:Filter"),
            class_ref=Ref("Plumbing"),
            site=Ref("Truck 7"),
            tax_code=Ref("Non"),
        ),
    )
)
NAMED = [
    (ObjectKind.CUSTOMER, "Miller, Anna"),
    (ObjectKind.ITEM, "SVC-TUNE"),
    (ObjectKind.ITEM, "Parts:Filter"),
    (ObjectKind.CLASS, "HVAC"),
    (ObjectKind.CLASS, "Plumbing"),
    (ObjectKind.SALES_TAX_ITEM, "FW"),
    (ObjectKind.SALES_TAX_CODE, "Tax"),
    (ObjectKind.SALES_TAX_CODE, "Non"),
    (ObjectKind.INVENTORY_SITE, "Truck 7"),
]


@pytest.mark.parametrize(("kind", "name"), NAMED)
def test_an_invoice_needs_everything_that_it_names(kind, name):
    assert names(WANTED, QuickBooksObject(kind, name))
    assert names(WANTED, QuickBooksObject(kind, f"  {name.upper()} "))


@pytest.mark.parametrize("kind", ObjectKind)
def test_a_name_counts_for_its_own_kind_only(kind):
    of_kind = {name for known, name in NAMED if known is kind}

    for _, name in NAMED:
        assert names(WANTED, QuickBooksObject(kind, name)) is (name in of_kind)
    assert not names(WANTED, QuickBooksObject(kind, None))
    assert not names(WANTED, QuickBooksObject(kind, "Filter"))


def test_what_an_invoice_leaves_open_is_nothing_that_it_needs():
    bare = a_wanted(
        class_ref=None, tax_item=None, lines=(a_wanted_line(class_ref=None, site=None),)
    )

    for kind in (ObjectKind.CLASS, ObjectKind.SALES_TAX_ITEM, ObjectKind.INVENTORY_SITE):
        assert not names(bare, QuickBooksObject(kind, ""))


def test_an_entry_known_by_its_id_alone_has_no_name():
    by_id = a_wanted(customer=Ref(None, "80000001-1"))

    assert not names(by_id, QuickBooksObject(ObjectKind.CUSTOMER, "80000001-1"))


def test_an_invoice_waits_behind_the_first_root_that_it_shares():
    other = an_issue(id=an_id(1), object=QuickBooksObject(ObjectKind.ITEM, "Other"))
    nameless = an_issue(id=an_id(2), object=None)
    first = an_issue(id=an_id(3), object=QuickBooksObject(ObjectKind.ITEM, "parts:filter"))
    second = an_issue(id=an_id(4), object=QuickBooksObject(ObjectKind.CLASS, "HVAC"))

    assert root_behind(WANTED, [other, nameless, first, second]) == first
    assert root_behind(WANTED, [other, nameless]) is None
    assert root_behind(WANTED, []) is None


def test_a_dependent_tells_the_root_s_story_and_that_it_goes_by_itself():
    root = an_issue()
    job, later = a_job(id=an_id(7), invoice_id=an_id(8)), NOW + timedelta(hours=1)

    issue = dependent_of(root, job, issue_id=an_id(9), now=later)

    assert (issue.id, issue.invoice_id, issue.job_id) == (an_id(9), an_id(8), an_id(7))
    assert issue.root_id == root.id
    assert issue.opened_at == later
    assert issue.reason.startswith(root.reason)
    assert "by itself" in issue.reason
    for told in ("code", "steps", "quickbooks_code", "quickbooks_message", "object"):
        assert getattr(issue, told) == getattr(root, told)
    assert issue.company_file_id == root.company_file_id
