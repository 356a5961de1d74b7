"""Webhook signatures: HMAC-SHA256 over body, nonce and timestamp, compared in constant time. Pure.

https://developers.sinch.com/docs/conversation/callbacks
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from enum import StrEnum
from typing import Final

SIGNATURE: Final = "x-sinch-webhook-signature"
TIMESTAMP: Final = "x-sinch-webhook-signature-timestamp"
NONCE: Final = "x-sinch-webhook-signature-nonce"
ALGORITHM: Final = "x-sinch-webhook-signature-algorithm"

_MAX_HEADER: Final = 256


class Verdict(StrEnum):
    """What a signature is worth."""

    GOOD = "good"
    MISSING = "missing"
    WRONG = "wrong"
    TOO_OLD = "too_old"


def sign(secret: str, body: bytes, nonce: str, timestamp: str) -> str:
    """Return the signature the vendor would send."""
    signed = b"%b.%b.%b" % (body, nonce.encode(), timestamp.encode())
    return base64.b64encode(hmac.digest(secret.encode(), signed, hashlib.sha256)).decode()


def verify(headers: Mapping[str, str], body: bytes, secret: str, *, now_s: int, max_age_s: int) -> Verdict:
    """Judge the signature headers of ``body``; an age limit of 0 means none."""
    signature, nonce, timestamp = (headers.get(name, "") for name in (SIGNATURE, NONCE, TIMESTAMP))
    if not signature or not nonce or not timestamp:
        return Verdict.MISSING
    if headers.get(ALGORITHM, "HmacSHA256").lower() != "hmacsha256" or len(nonce) > _MAX_HEADER:
        return Verdict.WRONG
    if not timestamp.isascii() or not timestamp.isdigit() or len(timestamp) > _MAX_HEADER:
        return Verdict.WRONG
    if not _same(signature, body, secret, nonce, timestamp):
        return Verdict.WRONG
    return Verdict.TOO_OLD if max_age_s and now_s - int(timestamp[:18]) > max_age_s else Verdict.GOOD


def _same(signature: str, body: bytes, secret: str, nonce: str, timestamp: str) -> bool:
    """Compare digests, not texts, in constant time."""
    try:
        given = base64.b64decode(signature, validate=True)
    except (binascii.Error, ValueError):
        given = b""
    signed = b"%b.%b.%b" % (body, nonce.encode("utf-8", "replace"), timestamp.encode())
    return hmac.compare_digest(given, hmac.digest(secret.encode(), signed, hashlib.sha256))
