"""Single-user or multi-user, explained for one file and its connections."""

from dataclasses import replace

import pytest

from domain.file_mode import explain_file_mode
from tests.builders import a_connection, an_id

FRONT_DESK = a_connection()
SHOP = replace(FRONT_DESK, id=an_id(0x77), name="Shop")


def texts(explanation):
    return " ".join(step.text for step in explanation.steps)


@pytest.mark.parametrize("hresult", ["0x80040410", "0x80040422", " 0x80040422 "])
@pytest.mark.parametrize("mode", ["SingleUser", "MultiUser", None])
def test_modes_that_conflict_are_named_with_steps_and_the_connection_that_waits(hresult, mode):
    stuck = replace(SHOP, trouble="It is open in another mode.", trouble_hresult=hresult)

    told = explain_file_mode(mode, [FRONT_DESK, stuck])

    assert "in another mode (single-user or multi-user)" in told.reason
    assert "“Shop” waits" in told.reason
    assert "Switch the mode in QuickBooks" in texts(told)
    assert "single-user mode is better" in texts(told)


def test_a_disabled_connection_conflicts_with_nobody():
    stuck = replace(SHOP, trouble="Mode.", trouble_hresult="0x80040410", is_disabled=True)

    assert explain_file_mode("SingleUser", [FRONT_DESK, stuck]).steps == ()


def test_another_trouble_is_not_blamed_on_the_mode():
    stuck = replace(SHOP, trouble="A dialog is open.", trouble_hresult="0x80040414")

    assert "waits" not in explain_file_mode("MultiUser", [stuck, FRONT_DESK]).reason


def test_one_exporter_is_better_off_in_single_user_mode():
    """Seed 001; with several connections somebody needs multi-user mode."""
    assert "only one computer exports" in texts(explain_file_mode("MultiUser", [FRONT_DESK]))
    assert explain_file_mode("MultiUser", [FRONT_DESK, SHOP]).steps == ()
    assert explain_file_mode("SingleUser", [FRONT_DESK]).steps == ()


def test_each_mode_is_explained_and_an_untold_one_says_so():
    single, multi, untold = (
        explain_file_mode(mode, [FRONT_DESK]).reason for mode in ("SingleUser", "MultiUser", None)
    )

    assert single.startswith("Single-user mode: nobody else works")
    assert multi.startswith("Multi-user mode: people may work")
    assert untold.startswith("QuickBooks has not told yet")
    assert explain_file_mode("Shared", []).reason == untold
