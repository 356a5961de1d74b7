"""What Meta's products share on the wire: the Graph's version, signatures, challenges, entries and forms of errors.

Sources: developers.facebook.com/docs/graph-api/webhooks/getting-started; developers.facebook.com/docs/graph-api.
Must not know: any product's messages or codes.
"""

import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from fake_sinch.adapters.answers import decoded, no_answer, retry_after
from fake_sinch.adapters.contract import Json, Malformed, Rejected, RetryLater
from fake_sinch.adapters.plain import Plain
from fake_sinch.adapters.proofs import same
from fake_sinch.effects import Answer
from fake_sinch.ports import Reply, RequestLike
from fake_sinch.reasons import Reason, ReasonCode
from fake_sinch.state import Credential

VERSION: Final = "v23.0"
_TEXT: Final = {"content-type": "text/plain"}


class GraphAdapter(Plain):
    """How a product of the Graph proves its webhooks, and how it checks the URL that they go to."""

    def authenticate(self, request: RequestLike, credential: Credential) -> bool:
        """Check the signature over the exact bytes, if the app's secret is known."""
        if not credential.callback_secret:
            return True
        digest = hmac.digest(credential.callback_secret.encode(), request.body, "sha256").hex()
        return same(request.headers.get("x-hub-signature-256", ""), f"sha256={digest}")

    def handshake(self, request: RequestLike, credential: Credential) -> Reply | None:
        """Answer the challenge of a subscription, 403 when the verify token is another."""
        if request.method != "GET" or request.query.get("hub.mode") != "subscribe":
            return None
        expected = credential.vendor.get("verify_token", "")
        if expected and not same(request.query.get("hub.verify_token", ""), expected):
            return Reply(403, dict(_TEXT), b"")
        return Reply(200, dict(_TEXT), request.query.get("hub.challenge", "").encode())


def entries(body: bytes) -> list[Any]:
    """Return the entries of a webhook; raise `Malformed` when it has none."""
    told = decoded(body)
    if not isinstance(told, dict) or not isinstance(told.get("entry"), list):
        raise Malformed("The body is not a Graph webhook: there is no list 'entry'.")
    found: list[Any] = told["entry"]
    return found


# Errors


@dataclass(frozen=True, slots=True)
class Row:
    """What one error means."""

    code: ReasonCode
    temporary: bool = False


CONFIGURATION: Final = Row(ReasonCode.CHANNEL_BAD_CONFIGURATION)
POLICY: Final = Row(ReasonCode.DELIVERY_REJECTED_DUE_TO_POLICY)
LIMIT: Final = Row(ReasonCode.RATE_LIMITED, temporary=True)
OUTAGE: Final = Row(ReasonCode.CHANNEL_FAILURE, temporary=True)
UNKNOWN: Final = Row(ReasonCode.UNKNOWN)


def verdict(row: Row, reason: Reason, answer: Answer) -> Rejected | RetryLater:
    """Return what an error means for the part; one that nobody knows is tried again when the server failed."""
    if row.temporary or (row is UNKNOWN and answer.status >= 500):  # noqa: PLR2004 - server errors
        return RetryLater(reason, retry_after(answer))
    return Rejected(reason)


def refusal(
    told: Mapping[str, Any], answer: Answer, read: Callable[[Json, Answer], Rejected | RetryLater]
) -> Rejected | RetryLater:
    """Return what an answer without a message's id means; ``read`` knows the product's errors."""
    if isinstance(told.get("error"), dict):
        return read(told["error"], answer)
    nothing = f"The channel answered {answer.status} without a message id"
    return no_answer(answer) or Rejected(Reason(ReasonCode.CHANNEL_FAILURE, nothing))
