"""Callbacks that the suite posts itself: signed like the vendor's, answered by whoever listens."""

from __future__ import annotations

import datetime as dt

import aiohttp
import pytest

from harness.callbacks import Callback, made_up_ulid, post, sealed, signature
from harness.loop import LoopThread
from harness.outcomes import SubjectFailure
from harness.tests.conftest import StubServer

NOW = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)


def test_the_signature_is_over_body_nonce_and_timestamp() -> None:
    """A value worked out by hand: base64 of HMAC-SHA256 over the three, joined by points."""
    assert signature("secret", b"{}", "n", "1") == "8PrMvxceKOOVBuZJzG0bweauaC2pAGCDvVI4pdyOn/o="


def test_a_callback_is_signed_only_with_a_secret() -> None:
    """Without one, it carries no signature header at all; text is not escaped."""
    signed, plain = sealed({"a": "ü"}, "s", "n", NOW), sealed({"a": "ü"}, None, "n", NOW)
    assert signed.body == plain.body == '{"a":"ü"}'.encode()
    assert signed.headers["x-sinch-webhook-signature"] == signature("s", signed.body, "n", "1772442000")
    assert signed.headers["x-sinch-webhook-signature-timestamp"] == "1772442000"
    assert list(plain.headers) == ["Content-Type"]


def test_made_up_ids_derive_from_their_parts_alone() -> None:
    """Same parts, same id, in the vendor's alphabet and length."""
    one = made_up_ulid("seed", "message", "1")
    assert one == made_up_ulid("seed", "message", "1") != made_up_ulid("seed", "message", "2")
    assert len(one) == 26
    assert not set(one) & set("ILOU")


def test_the_answers_status_is_the_result(
    stub: StubServer, session: aiohttp.ClientSession, loop_thread: LoopThread
) -> None:
    """A refusal is an answer like any other."""
    stub.answer("POST", "/hook", {}, 401)
    callback = Callback(b"{}", {"Content-Type": "application/json"})
    assert loop_thread.run(post(session, f"{stub.url}/hook", callback)) == 401
    assert stub.asked[0].body == {}


def test_a_subject_that_does_not_listen_has_failed(session: aiohttp.ClientSession, loop_thread: LoopThread) -> None:
    """Its webhook is its own."""
    with pytest.raises(SubjectFailure, match="does not answer a callback"):
        loop_thread.run(post(session, "http://127.0.0.1:1/hook", Callback(b"{}", {})))
