"""Who may do what."""

import pytest

from domain.access import LABELS, Permission
from domain.errors import Forbidden
from tests.builders import a_principal


def test_a_caller_with_the_permission_may():
    olga = a_principal(Permission.EDIT_EXPORTED_TRANSACTIONS)

    olga.require(Permission.EDIT_EXPORTED_TRANSACTIONS)

    assert olga.may(Permission.EDIT_EXPORTED_TRANSACTIONS)


def test_a_caller_without_it_is_told_which_and_whom_to_ask():
    nick = a_principal(Permission.EXPORT_INVOICES)

    with pytest.raises(Forbidden) as refusal:
        nick.require(Permission.EDIT_EXPORTED_TRANSACTIONS)

    assert not nick.may(Permission.EDIT_EXPORTED_TRANSACTIONS)
    assert "“Allow edit and update of previously exported transactions”" in str(refusal.value)
    assert "account administrator" in str(refusal.value)


@pytest.mark.parametrize("permission", Permission)
def test_every_permission_has_a_label_for_the_screens(permission):
    assert LABELS[permission]
