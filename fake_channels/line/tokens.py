"""Tokens that say what they are about to whoever made them, and nothing to others: quote tokens, read tokens.

Nothing is remembered: a token carries user and message. A keyed hash proves the user, a checksum catches a garbled
message: whoever alters that on purpose quotes another message of the same chat, no more. Pure.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from functools import lru_cache
from hashlib import blake2b
from typing import Final
from zlib import crc32

_PROOF: Final = 47
_USER: Final = 16
_MESSAGE: Final = 8
_SUM: Final = 4
_WHOLE: Final = _PROOF + _USER + _MESSAGE + _SUM

QUOTE: Final = b"quote"
READ: Final = b"read"
PICTURE: Final = b"picture"


def seal(secret: bytes, purpose: bytes, user_id: str, message_id: str) -> str:
    """A token for a message of a user's chat: 100 characters of URL-safe base64."""
    about = int(message_id).to_bytes(_MESSAGE, "big")
    tail = about + crc32(about).to_bytes(_SUM, "big")
    return _head(secret, purpose, user_id) + base64.urlsafe_b64encode(tail).decode()


def unseal(secret: bytes, purpose: bytes, token: str) -> tuple[str, str] | None:
    """(user, message) of a token that `seal` made; None for any other string."""
    try:
        data = base64.b64decode(token.encode("ascii"), altchars=b"-_", validate=True)
    except (UnicodeEncodeError, binascii.Error):
        return None
    user, about, check = data[_PROOF : _PROOF + _USER], data[_PROOF + _USER : -_SUM], data[-_SUM:]
    if len(data) != _WHOLE or crc32(about).to_bytes(_SUM, "big") != check:
        return None
    if not hmac.compare_digest(data[:_PROOF], _proof(secret, purpose, user)):
        return None
    return f"U{user.hex()}", str(int.from_bytes(about, "big"))


@lru_cache(maxsize=4_096)
def _head(secret: bytes, purpose: bytes, user_id: str) -> str:
    """A token's part before the message: 63 octets, so that it can be spelled by itself."""
    user = bytes.fromhex(user_id[1:])
    return base64.urlsafe_b64encode(_proof(secret, purpose, user) + user).decode()


def _proof(secret: bytes, purpose: bytes, user: bytes) -> bytes:
    return blake2b(user, digest_size=_PROOF, key=secret, person=purpose).digest()
