"""Secrets that the service makes itself: connector passwords, API keys, tickets.

They are random and long, so a fast hash keeps them safe: guessing 160 bits is hopeless at any
speed, and a slow hash would cost every poll of a connector 100 ms.
"""

import base64
import hashlib
import hmac
import secrets

#: An API key begins with it, so that a leaked one is recognised.
API_KEY_PREFIX = "instep_"
_SECRET_BYTES = 20  # 160 bits: 32 letters and digits, without a padding
_SALT_BYTES = 16


def generate_secret() -> str:
    """Give a new secret of 32 lower-case letters and digits, easy to read out and to paste."""
    return base64.b32encode(secrets.token_bytes(_SECRET_BYTES)).decode().lower()


def hash_secret(secret: str) -> bytes:
    """Give what is stored instead of a password: a random salt, then its salted SHA-256."""
    salt = secrets.token_bytes(_SALT_BYTES)
    return salt + _digest(salt, secret)


def verify_secret(secret: str, stored: bytes) -> bool:
    """Tell whether `hash_secret` made the stored bytes of this secret, in constant time."""
    salt, digest = stored[:_SALT_BYTES], stored[_SALT_BYTES:]
    return hmac.compare_digest(_digest(salt, secret), digest)


def fingerprint(secret: str) -> bytes:
    """Give the same 32 bytes for the same secret: what API keys and tickets are looked up by."""
    return _digest(b"", secret)


def _digest(salt: bytes, secret: str) -> bytes:
    return hashlib.sha256(salt + secret.encode()).digest()
