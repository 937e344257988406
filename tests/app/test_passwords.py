"""Secrets of our own making are long, stored as hashes, and compared in constant time."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.passwords import fingerprint, generate_secret, hash_secret, verify_secret


def test_a_secret_has_160_random_bits_in_letters_that_can_be_read_out() -> None:
    secrets = {generate_secret() for _ in range(100)}

    assert len(secrets) == 100
    assert all(re.fullmatch("[a-z2-7]{32}", secret) for secret in secrets)


@given(st.text())
def test_a_stored_hash_verifies_its_own_secret_only(secret: str) -> None:
    stored = hash_secret(secret)

    assert verify_secret(secret, stored)
    assert not verify_secret(f"{secret} ", stored)


def test_equal_secrets_are_stored_differently() -> None:
    assert hash_secret("same") != hash_secret("same")


@pytest.mark.parametrize("stored", [b"", b"short", bytes(48)])
def test_a_damaged_hash_verifies_nothing(stored: bytes) -> None:
    assert not verify_secret("", stored)


def test_a_fingerprint_is_always_the_same_so_that_it_can_be_looked_up() -> None:
    assert fingerprint("key") == fingerprint("key")
    assert len(fingerprint("key")) == 32
    assert fingerprint("key") != fingerprint("Key")
