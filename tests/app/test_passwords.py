"""Secrets of our own making are long, stored as hashes, and compared in constant time."""

import hashlib
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.passwords import fingerprint, generate_secret, hash_secret, verify_secret


def test_a_secret_has_160_random_bits_in_letters_that_can_be_read_out() -> None:
    secrets = {generate_secret() for _ in range(100)}

    assert len(secrets) == 100
    assert all(re.fullmatch("[a-z2-7]{32}", secret) for secret in secrets)


def test_every_part_of_a_secret_is_random() -> None:
    """No character is a prefix, a checksum or a time: 32 of them at five bits each."""
    by_position = zip(*(generate_secret() for _ in range(400)), strict=True)

    assert all(len(set(characters)) > 20 for characters in by_position)


def test_a_password_is_stored_as_a_random_salt_and_its_salted_sha_256() -> None:
    """Written out once more, so that stored hashes stay valid in every later version."""
    stored = hash_secret("correct horse")
    salt, digest = stored[:16], stored[16:]

    assert digest == hashlib.sha256(salt + b"correct horse").digest()
    assert b"correct horse" not in stored
    assert len({hash_secret("same")[:16] for _ in range(50)}) == 50


@pytest.mark.parametrize("place", range(48))
def test_one_wrong_byte_anywhere_verifies_nothing(place: int) -> None:
    stored = bytearray(hash_secret("secret"))
    stored[place] ^= 1

    assert not verify_secret("secret", bytes(stored))


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
