"""Tokens that say what they are about to whoever made them, and nothing to others: quote tokens, read tokens.

Nothing is remembered: a token carries user and message, and a keyed hash over both. Pure.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from functools import lru_cache
from hashlib import blake2b
from typing import Final

_USER: Final = 16
_MESSAGE: Final = 8
_PROOF: Final = 48

QUOTE: Final = b"quote"
READ: Final = b"read"
PICTURE: Final = b"picture"


def seal(secret: bytes, purpose: bytes, user_id: str, message_id: str) -> str:
    """A token for a message of a user's chat: 96 characters of URL-safe base64."""
    about = bytes.fromhex(user_id[1:]) + int(message_id).to_bytes(_MESSAGE, "big")
    return base64.urlsafe_b64encode(about + _proof(secret, purpose, about)).decode()


def unseal(secret: bytes, purpose: bytes, token: str) -> tuple[str, str] | None:
    """(user, message) of a token that `seal` made; None for any other string."""
    try:
        data = base64.b64decode(token.encode("ascii"), altchars=b"-_", validate=True)
    except (UnicodeEncodeError, binascii.Error):
        return None
    about, proof = data[: _USER + _MESSAGE], data[_USER + _MESSAGE :]
    if not hmac.compare_digest(proof, _proof(secret, purpose, about)):
        return None
    return f"U{about[:_USER].hex()}", str(int.from_bytes(about[_USER:], "big"))


def _proof(secret: bytes, purpose: bytes, about: bytes) -> bytes:
    keyed = _keyed(secret, purpose).copy()
    keyed.update(about)
    return keyed.digest()


@lru_cache(maxsize=1_024)
def _keyed(secret: bytes, purpose: bytes) -> blake2b:
    return blake2b(digest_size=_PROOF, key=secret, person=purpose)
