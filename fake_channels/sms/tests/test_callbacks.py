"""Callbacks: retried by the published schedule, signed by the published formula."""

from __future__ import annotations

import base64
import hmac
from hashlib import sha256

import pytest

from fake_channels.core.effects import Answer
from fake_channels.core.handset import SendText
from fake_channels.core.instants import DAY, SECOND
from fake_channels.sms import callbacks, limits
from fake_channels.sms.tests.calls import Business
from fake_channels.tests.scene import START


@pytest.fixture
def business() -> Business:
    """Somebody who holds a service plan, with a callback URL."""
    return Business()


def test_callbacks_are_retried_by_the_published_schedule_and_then_dropped(business: Business) -> None:
    """5 s doubling to 81,920 s: sixteen attempts, each with the same bytes."""
    business.answer = lambda _: Answer(503)
    business.act(business.enrol(), SendText(text="Hi"))
    for number, delay in enumerate(limits.RETRY_DELAYS_MS, 1):
        assert len(business.calls) == number
        business.advance(delay - 1)
        assert len(business.calls) == number
        business.advance(1)
    business.advance(7 * DAY)
    assert len(business.calls) == 16
    assert len({(call.body, call.headers["x-sinch-webhook-signature"]) for call in business.calls}) == 1
    assert business.account.outbox.pending() == []
    assert business.account.outbox.lost == 1


@pytest.mark.parametrize(
    ("status", "attempts"), [(200, 1), (204, 1), (299, 1), (302, 1), (400, 1), (404, 1), (428, 1), (430, 1), (499, 1)]
)
def test_other_answers_end_it(business: Business, status: int, attempts: int) -> None:
    """2xx is done; 4xx other than 429 is final."""
    business.answer = lambda _: Answer(status)
    business.act(business.enrol(), SendText(text="Hi"))
    business.advance(DAY)
    assert len(business.calls) == attempts


@pytest.mark.parametrize("status", [0, 429, 500, 599])
def test_throttling_failures_and_silence_are_retried(business: Business, status: int) -> None:
    """A second attempt after five seconds, and no third once it was taken."""
    answers = [Answer(status), Answer(200)]
    business.answer = lambda _: answers.pop(0)
    business.act(business.enrol(), SendText(text="Hi"))
    business.advance(5 * SECOND)
    assert len(business.calls) == 2
    business.advance(DAY)
    assert len(business.calls) == 2


def test_callbacks_are_signed_by_the_published_formula(business: Business) -> None:
    """Base64 of HMAC-SHA256 with the secret over body, dot, nonce, dot, timestamp."""
    business.act(business.enrol(), SendText(text="Grüße 👋"))
    call = business.calls[0]
    nonce, stamp = (call.headers[f"x-sinch-webhook-signature-{part}"] for part in ("nonce", "timestamp"))
    signed = call.body + b"." + nonce.encode() + b"." + stamp.encode()
    expected = base64.b64encode(hmac.new(business.account.callback_secret.encode(), signed, sha256).digest()).decode()
    assert call.headers["x-sinch-webhook-signature"] == expected
    assert call.headers["x-sinch-webhook-signature-algorithm"] == "HmacSHA256"
    assert stamp == str(START // 1000)


def test_a_known_signature_is_computed() -> None:
    """Fixed inputs give a fixed signature: the formula does not drift."""
    headers = callbacks.signature_headers(b'{"a":1}', "secret", "nonce", "1700000000")
    digest = hmac.new(b"secret", b'{"a":1}.nonce.1700000000', sha256).digest()
    assert headers["x-sinch-webhook-signature"] == base64.b64encode(digest).decode()


def test_without_a_secret_nothing_is_signed(business: Business) -> None:
    """No header of the signature is there at all."""
    business.account.callback_secret = ""
    business.act(business.enrol(), SendText(text="Hi"))
    assert business.calls[0].headers == {"Content-Type": "application/json"}
