"""Tokens that say what they are about to whoever made them, and nothing to others: quote tokens, read tokens.

Nothing is remembered: a token carries user and message. A keyed hash proves the user, a checksum catches a garbled
message: whoever alters that on purpose quotes another message of the same chat, no more. Pure.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import re
from functools import lru_cache
from hashlib import blake2b
from typing import Final
from zlib import crc32

_PROOF: Final = 47
_USER: Final = 16
_SHAPE: Final = re.compile(r"([A-Za-z0-9_-]{84})([0-9a-f]{16})([0-9a-f]{8})")

QUOTE: Final = b"quote"
READ: Final = b"read"
PICTURE: Final = b"picture"


def seal(secret: str, purpose: bytes, user_id: str, message_id: str) -> str:
    """A token for a message of a user's chat: 108 characters that may stand in a URL."""
    return f"{_head(secret, purpose, user_id)}{int(message_id):016x}{crc32(message_id.encode()):08x}"


def unseal(secret: str, purpose: bytes, token: str) -> tuple[str, str] | None:
    """(user, message) of a token that `seal` made; None for any other string."""
    found = _SHAPE.fullmatch(token)
    if found is None:
        return None
    message_id = str(int(found[2], 16))
    try:
        head = base64.b64decode(found[1], altchars=b"-_", validate=True)
    except binascii.Error:
        return None
    user = head[_PROOF:]
    if f"{crc32(message_id.encode()):08x}" != found[3]:
        return None
    if not hmac.compare_digest(head[:_PROOF], _proof(secret, purpose, user)):
        return None
    return f"U{user.hex()}", message_id


@lru_cache(maxsize=4_096)
def _head(secret: str, purpose: bytes, user_id: str) -> str:
    """A token's part before the message: 63 octets, so that base64 fills nothing up."""
    user = bytes.fromhex(user_id[1:])
    return base64.urlsafe_b64encode(_proof(secret, purpose, user) + user).decode()


def _proof(secret: str, purpose: bytes, user: bytes) -> bytes:
    return blake2b(user, digest_size=_PROOF, key=secret.encode(), person=purpose).digest()
