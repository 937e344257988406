"""CreditMemoAdd, CreditMemoMod and what a person does to a credit memo (qbwc.md 4.4)."""

import pytest

HEAD = (
    "<CustomerRef><FullName>Harriet Doyle</FullName></CustomerRef><TxnDate>2026-11-20</TxnDate>"
    "<RefNumber>CR-1</RefNumber>"
)
TUNE = "<ItemRef><FullName>SVC-TUNE</FullName></ItemRef>"


def add(*lines, kind="CreditMemo"):
    body = "".join(f"<{kind}LineAdd>{line}</{kind}LineAdd>" for line in lines)
    return f"<{kind}AddRq><{kind}Add>{HEAD}{body}</{kind}Add></{kind}AddRq>"


def mod(memo, body, *lines):
    lines = "".join(f"<CreditMemoLineMod>{line}</CreditMemoLineMod>" for line in lines)
    return (
        f"<CreditMemoModRq><CreditMemoMod><TxnID>{memo.txn_id}</TxnID>"
        f"<EditSequence>{memo.edit_sequence}</EditSequence>{body}{lines}"
        "</CreditMemoMod></CreditMemoModRq>"
    )


def bare(line):
    return f"<TxnLineID>{line.txn_line_id}</TxnLineID>"


@pytest.fixture
def memo(company, clock, ask):
    """Two tune-ups taken back, one charged after all: 38.44."""
    (response,) = ask(add(f"{TUNE}<Quantity>2</Quantity>", f"{TUNE}<Quantity>-1</Quantity>"))
    assert response.get("statusCode") == "0"
    clock.pass_seconds()
    return company.credit_memo(response.findtext("CreditMemoRet/TxnID"))


def test_a_credit_memo_may_hold_lines_of_both_signs(memo):
    assert [str(line.amount) for line in memo.lines] == ["71.00", "-35.50"]
    assert (str(memo.sales_tax_total), str(memo.total)) == ("2.94", "38.44")


@pytest.mark.parametrize("kind", ["CreditMemo", "Invoice"])
def test_neither_invoice_nor_credit_memo_may_be_negative(company, ask, kind):
    """One of nothing is allowed."""
    before = len(company.invoices) + len(company.credit_memos)
    negative = add(f"{TUNE}<Quantity>-1</Quantity>", kind=kind)
    nothing = add(f"{TUNE}<Quantity>1</Quantity>", f"{TUNE}<Quantity>-1</Quantity>", kind=kind)

    refused, taken = ask(negative + nothing)

    assert refused.get("statusCode") == "3180"
    assert refused.get("statusMessage").endswith("Transaction amount must be positive.")
    assert taken.get("statusCode") == "0"
    assert len(company.invoices) + len(company.credit_memos) == before + 1


def test_a_change_keeps_bare_lines_and_deletes_those_left_out(company, memo, ask):
    first, second = memo.lines

    (response,) = ask(
        mod(memo, "<Memo>Back</Memo>", bare(first), f"<TxnLineID>-1</TxnLineID>{TUNE}")
    )

    changed = company.credit_memo(memo.txn_id)
    assert response.get("statusCode") == "0"
    assert changed.memo == "Back"
    assert changed.lines[0] == first
    assert second.txn_line_id not in {line.txn_line_id for line in changed.lines}
    assert changed.edit_sequence != memo.edit_sequence
    assert response.findtext("CreditMemoRet/CreditRemaining") == "115.29"


def test_a_change_of_the_header_alone_keeps_every_line(company, memo, ask):
    ask(mod(memo, "<RefNumber>CR-2</RefNumber>"))

    assert company.credit_memo(memo.txn_id).lines == memo.lines


def test_lines_out_of_order_and_old_edit_sequences_are_refused(company, memo, bookkeeper, ask):
    first, second = memo.lines
    (disordered,) = ask(mod(memo, "", bare(second), bare(first)))
    bookkeeper.edit_invoice(memo.txn_id, memo="Typed over")
    (stale,) = ask(mod(memo, "<Memo>Mine</Memo>"))

    assert (disordered.get("statusCode"), stale.get("statusCode")) == ("3290", "3200")
    assert company.credit_memo(memo.txn_id).memo == "Typed over"


def test_open_records_and_closed_books_stop_a_change(company, memo, bookkeeper, ask):
    bookkeeper.open_record(memo.txn_id)
    (locked,) = ask(mod(memo, "<Memo>Mine</Memo>"))
    bookkeeper.close_record(memo.txn_id)
    (closed,) = ask(mod(memo, "<TxnDate>2026-10-01</TxnDate>"))

    assert (locked.get("statusCode"), closed.get("statusCode")) == ("3175", "3171")
    assert company.credit_memo(memo.txn_id) == memo


def test_a_person_edits_voids_and_deletes_credit_memos_too(company, memo, bookkeeper, ask):
    line = bookkeeper.insert_text_line(memo.txn_id, "Returned", after=memo.lines[0].txn_line_id)
    assert company.credit_memo(memo.txn_id).lines[1] == line

    (voided,) = ask(
        f"<TxnVoidRq><TxnVoidType>CreditMemo</TxnVoidType><TxnID>{memo.txn_id}</TxnID></TxnVoidRq>"
    )
    after = company.credit_memo(memo.txn_id)
    assert voided.findtext("TxnVoidType") == "CreditMemo"
    assert (str(after.total), after.memo) == ("0.00", "VOID:")
    bookkeeper.delete_invoice(memo.txn_id)
    assert [deletion.kind for deletion in company.deletions] == ["CreditMemo"]


def test_the_journal_tells_writes_of_credit_memos(company, memo, ask):
    ask(mod(memo, "<Memo>Back</Memo>"))

    assert [(w.name, w.number, w.saved) for w in company.journal.writes()] == [
        ("CreditMemoAddRq", "CR-1", True),
        ("CreditMemoModRq", "CR-1", True),
    ]
