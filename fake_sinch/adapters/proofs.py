"""How callbacks are proved: secrets compared in constant time, and the signature that all of Sinch's APIs share.

Source: developers.sinch.com/docs/conversation/callbacks. Must not know: what callbacks tell.
"""

import base64
import hmac

from fake_sinch.ports import RequestLike
from fake_sinch.state import Credential


def same(left: str, right: str) -> bool:
    """Compare two secrets in constant time; a header may hold bytes that are no UTF-8."""
    return hmac.compare_digest(_octets(left), _octets(right))


def _octets(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def is_signed_by_sinch(request: RequestLike, credential: Credential) -> bool:
    """Check the signature over body, nonce and timestamp, if a secret is set."""
    if not credential.callback_secret:
        return True
    nonce = request.headers.get("x-sinch-webhook-signature-nonce", "")
    timestamp = request.headers.get("x-sinch-webhook-signature-timestamp", "")
    signed = b".".join((request.body, _octets(nonce), _octets(timestamp)))
    digest = hmac.digest(credential.callback_secret.encode(), signed, "sha256")
    return same(request.headers.get("x-sinch-webhook-signature", ""), base64.b64encode(digest).decode())
