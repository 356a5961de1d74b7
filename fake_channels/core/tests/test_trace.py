"""The trace: order, masking, caps, and which hops belong together."""

from __future__ import annotations

import base64
from hashlib import sha256
from typing import Any

import pytest

from fake_channels.core.trace import BODY_CAP, MASK, Message, Trace, mask


def record(trace: Trace, name: str = "x", **rest: Any) -> None:
    """One hop."""
    trace.record(1_700_000_000_000, "http", "a", "b", name, **rest)


def test_hops_are_numbered_and_the_oldest_make_room() -> None:
    """The number goes on although the history is bounded."""
    trace = Trace(cap=2)
    for name in ("one", "two", "three"):
        record(trace, name)
    assert [(hop["seq"], hop["name"]) for hop in trace.after()] == [(2, "two"), (3, "three")]
    assert [hop["name"] for hop in trace.after(2)] == ["three"]
    assert [hop["name"] for hop in trace.after(limit=1)] == ["two"]


def test_hops_of_one_message_are_found_by_any_of_their_ids() -> None:
    """Ids tie hops together, over any number of steps."""
    trace = Trace()
    record(trace, "one", ids=("app", "wamid"))
    record(trace, "two", ids=("wamid", "event"))
    record(trace, "three", ids=("event",))
    record(trace, "other", ids=("else",))
    assert [hop["name"] for hop in trace.after(about="app")] == ["one", "two", "three"]
    assert trace.after(about="unheard of") == []


def test_secrets_are_masked_wherever_they_stand() -> None:
    """In URLs (also percent-encoded), headers, bodies and notes."""
    trace = Trace(secrets=lambda: ["12:secret", ""])
    headers = ((b"X-Own", b"a 12:secret b"), (b"Authorization", b"Bearer other"))
    record(
        trace,
        url="http://x/bot12:secret/y?t=12%3Asecret",
        request=Message.of(headers, b'{"t":"12:secret"}'),
        note="12:secret",
    )
    (hop,) = trace.after()
    assert "secret" not in str(hop)
    assert hop["url"] == f"http://x/bot{MASK}/y?t={MASK}"
    assert hop["request"]["headers"] == {"X-Own": f"a {MASK} b", "Authorization": MASK}


@pytest.mark.parametrize(
    "text", ["http://x/?access_token=abc&y=1", '{"access_token": "abc", "y": 1}', "access_token=abc"]
)
def test_access_tokens_are_masked_even_when_nobody_knows_them(text: str) -> None:
    """A wrong token is somebody's right one elsewhere."""
    assert "abc" not in mask(text, [])
    assert MASK in mask(text, [])


@pytest.mark.parametrize("name", [b"authorization", b"Cookie", b"Set-Cookie", b"X-Telegram-Bot-Api-Secret-Token"])
def test_headers_that_carry_credentials_are_always_masked(name: bytes) -> None:
    """In any spelling."""
    trace = Trace()
    record(trace, response=Message.of(((name, b"value"),), b""))
    assert trace.after()[0]["response"]["headers"] == {name.decode(): MASK}


def test_a_long_body_is_cut_but_its_length_and_hash_are_of_all() -> None:
    """The cap keeps memory, not truth, short; a character torn by the cut is left out."""
    body = b"x" * (BODY_CAP - 1) + "é".encode() * 10
    trace = Trace()
    record(trace, request=Message.of((), body))
    shown = trace.after()[0]["request"]
    assert (shown["bytes"], shown["sha256"]) == (len(body), sha256(body).hexdigest())
    assert (shown["truncated"], shown["encoding"], shown["body"]) == (True, "text", "x" * (BODY_CAP - 1))


def test_what_is_no_text_is_shown_as_base64() -> None:
    """Bytes survive."""
    trace = Trace()
    record(trace, request=Message.of((), b"\xff\xfe\x00"))
    shown = trace.after()[0]["request"]
    assert (shown["encoding"], base64.b64decode(shown["body"])) == ("base64", b"\xff\xfe\x00")


def test_repeated_headers_are_joined() -> None:
    """As HTTP allows."""
    trace = Trace()
    record(trace, request=Message.of(((b"A", b"1"), (b"A", b"2")), b""))
    assert trace.after()[0]["request"]["headers"] == {"A": "1, 2"}


def test_listeners_hear_each_hop() -> None:
    """At once, unrendered."""
    trace, heard = Trace(), []
    trace.listeners.append(lambda hop: heard.append(hop.name))
    record(trace, "one")
    assert heard == ["one"]


def test_a_secret_is_masked_however_it_is_spelled() -> None:
    """Percent-encoded, escaped in JSON, and between bytes that are no text."""
    secret = 'p"q/r:é'
    for spelling in (secret, "p%22q%2Fr%3A%C3%A9", 'p\\"q/r:é', 'p\\"q/r:\\u00e9'):
        assert mask(f"a {spelling} b", [secret]) == f"a {MASK} b"
    trace = Trace(secrets=lambda: [secret])
    record(trace, request=Message.of((), b"\xff" + secret.encode() + b"\xff"))
    shown = trace.after()[0]["request"]
    assert base64.b64decode(shown["body"]) == b"\xff" + MASK.encode() + b"\xff"


def test_what_is_no_unicode_spoils_no_page() -> None:
    """Lone surrogates, as headers with odd bytes decode to, are replaced: everything rendered is UTF-8."""
    trace = Trace()
    record(trace, url="http://\udcff/", note="\ud800")
    assert trace.after()[0]["url"].encode() == b"http://?/"
    assert trace.after()[0]["note"] == "?"


def test_a_limit_of_nothing_is_kept() -> None:
    """Zero hops are asked for and given."""
    trace = Trace()
    record(trace)
    assert trace.after(limit=0) == []


def test_large_bodies_make_room_before_their_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten thousand hops of two large bodies each would fill a machine; small ones are kept by number alone."""
    monkeypatch.setattr("fake_channels.core.trace.MOST_BYTES", 10 * BODY_CAP)
    trace = Trace()
    for _ in range(100):
        record(trace, "large", request=Message.of((), bytes(BODY_CAP)))
        record(trace, "small", request=Message.of((), b"x"))
    kept = trace.after()
    assert sum(hop["request"]["bytes"] for hop in kept) <= 11 * BODY_CAP
    assert (kept[-1]["seq"], len(kept) >= 10) == (200, True)
    small = Trace()
    for _ in range(1_000):
        record(small, request=Message.of((), bytes(8_000)))
    assert len(small.after()) == 1_000
