"""Callbacks: how they are written and proven, when they are tried again, and what their answers show the person."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from fake_channels.core.effects import Answer, Call
from fake_channels.core.handset import OptIn, OptOut, SendText
from fake_channels.core.instants import SECOND
from fake_channels.wechat import cipher, limits, markup
from fake_channels.wechat.tests.calls import JPEG, MP4, PNG, Owner, amr, shown


@pytest.fixture
def owner() -> Owner:
    """Somebody who holds appid and secret."""
    return Owner()


def _query(call: Call) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(call.url).query).items()}


def _said(owner: Owner, text: str = "hi") -> Call:
    owner.act(owner.enrol(), SendText(text=text))
    return owner.calls[-1]


# --- modes ------------------------------------------------------------------------------------------------------------


def test_in_plaintext_mode_nothing_is_encrypted(owner: Owner) -> None:
    """The signature covers Token, timestamp and nonce alone."""
    owner.account.mode = "plaintext"
    call = _said(owner)
    query = _query(call)
    assert list(query) == ["signature", "timestamp", "nonce", "openid"]
    assert cipher.matches(query["signature"], owner.account.token, query["timestamp"], query["nonce"])
    fields = markup.parse(call.body)
    assert list(fields) == ["ToUserName", "FromUserName", "CreateTime", "MsgType", "Content", "MsgId"]
    assert (fields["ToUserName"], fields["FromUserName"]) == (owner.account.original_id, query["openid"])
    assert (fields["CreateTime"], fields["Content"]) == (str(owner.now // 1000), "hi")
    assert call.headers["Content-Type"] == "text/xml"
    assert call.timeout_s == 5


def test_in_safe_mode_everything_is_encrypted(owner: Owner) -> None:
    """Only to whom it goes stands beside; the second signature covers it."""
    owner.account.mode = "safe"
    call = _said(owner)
    query, fields = _query(call), markup.parse(call.body)
    assert list(fields) == ["ToUserName", "Encrypt"]
    assert query["encrypt_type"] == "aes"
    parts = (owner.account.token, query["timestamp"], query["nonce"])
    assert cipher.matches(query["signature"], *parts)
    assert cipher.matches(query["msg_signature"], *parts, fields["Encrypt"])
    assert owner.opened(call)["Content"] == "hi"


def test_in_compatible_mode_both_stand_side_by_side(owner: Owner) -> None:
    """And say the same."""
    call = _said(owner)
    fields = markup.parse(call.body)
    inner = markup.parse(cipher.decrypt(fields.pop("Encrypt"), owner.account.aes_key, owner.account.appid))
    assert inner == fields


def test_a_url_keeps_its_own_query(owner: Owner) -> None:
    """Ours follows it."""
    owner.account.callback_url = "http://subject.example/hook?account=1"
    assert _said(owner).url.startswith("http://subject.example/hook?account=1&signature=")


# --- tries ------------------------------------------------------------------------------------------------------------


def _fail(owner: Owner, *answers: Answer) -> None:
    left = list(answers)
    owner.answer = lambda _: left.pop(0) if left else Answer(200, body=b"success")


def test_three_tries_five_seconds_apart_and_then_the_person_is_told(owner: Owner) -> None:
    """The same bytes under the same URL each time."""
    _fail(owner, *[Answer(0, problem="no answer within 5 s")] * 3)
    customer = owner.enrol()
    owner.act(customer, SendText(text="hi"))
    for tries in (1, 2):
        assert len(owner.calls) == tries
        owner.advance(5 * SECOND - 1)
        assert len(owner.calls) == tries
        owner.advance(1)
    assert len({(call.url, call.body) for call in owner.calls}) == 1
    assert len(owner.calls) == 3
    assert shown(customer) == [("notice", limits.UNAVAILABLE)]
    assert owner.component.pending() == []
    owner.advance(60 * SECOND)
    assert len(owner.calls) == 3


def test_an_answer_that_took_its_five_seconds_is_followed_by_the_next_try(owner: Owner) -> None:
    """At once: they are five seconds apart from begin to begin."""

    def hang(_: Call) -> Answer:
        owner.now += 5 * SECOND
        return Answer(0, problem="no answer within 5 s")

    owner.answer = hang
    start = owner.now
    owner.act(owner.enrol(), SendText(text="hi"))
    assert [at - start for at, _ in owner.timers] == [5 * SECOND + 1]


def test_what_comes_later_waits_and_other_people_do_not(owner: Owner) -> None:
    """One at a time for each person."""
    _fail(owner, Answer(500))
    first, second = owner.enrol(), owner.enrol()
    owner.act(first, SendText(text="one"))
    owner.act(first, SendText(text="two"))
    owner.act(second, SendText(text="three"))
    assert [fields["Content"] for fields in owner.told()] == ["one", "three"]
    owner.advance(5 * SECOND)
    assert [fields["Content"] for fields in owner.told()] == ["one", "two"]


def test_nobody_is_told_that_an_unseen_event_failed(owner: Owner) -> None:
    """An unfollow shows nothing; a follow does."""
    _fail(owner, *[Answer(500)] * 6)
    customer = owner.enrol()
    owner.act(customer, OptIn())
    owner.advance(10 * SECOND)
    owner.act(customer, OptOut())
    owner.advance(10 * SECOND)
    assert shown(customer) == [("notice", limits.UNAVAILABLE)]
    assert owner.account.outbox.lost == 2


def test_a_late_answer_to_nothing_is_ignored(owner: Owner) -> None:
    """Its queue is gone."""
    call = _said(owner)
    assert owner.component.on_answer(call.then, Answer(200, body=b"<xml/>"), owner.now) == []


# --- passive replies --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("body", [b"success", b"", b" success\n"])
def test_success_and_nothing_are_no_reply(owner: Owner, body: bytes) -> None:
    """And no reason to try again."""
    owner.replies = [body]
    customer = owner.enrol()
    owner.act(customer, SendText(text="hi"))
    owner.advance(20 * SECOND)
    assert (len(owner.calls), shown(customer)) == (1, [])


def _replied(owner: Owner, *, mode: str = "plaintext", sealed: bool = False, **fields: Any) -> list[tuple[str, str]]:
    owner.account.mode = mode
    customer = owner.enrol()
    plain = owner.reply(customer, **fields)
    owner.replies = [owner.sealed(plain) if sealed else plain]
    owner.act(customer, SendText(text="hi"))
    owner.advance(20 * SECOND)
    assert len([call for call in owner.calls if call.method == "POST"]) == 1
    owner.calls.clear()
    return shown(customer)


def test_replies_of_every_kind_are_shown(owner: Owner) -> None:
    """At once, and without using up what may be sent otherwise."""
    thumb = owner.media_id("thumb", JPEG)
    article = {"Title": "T", "Description": "D", "PicUrl": "https://p.example/", "Url": "https://u.example/"}
    for fields, expected in (
        ({"MsgType": "text", "Content": "Hello <b>you</b>"}, ("text", "Hello <b>you</b>")),
        ({"MsgType": "image", "Image": {"MediaId": owner.media_id("image", PNG)}}, ("image", "")),
        ({"MsgType": "voice", "Voice": {"MediaId": owner.media_id("voice", amr())}}, ("voice", "")),
        ({"MsgType": "video", "Video": {"MediaId": owner.media_id("video", MP4), "Title": "T"}}, ("video", "T")),
        (
            {"MsgType": "music", "Music": {"Title": "M", "MusicUrl": "https://m.example/", "ThumbMediaId": thumb}},
            ("link", "M"),
        ),
        ({"MsgType": "news", "ArticleCount": 1, "Articles": {"item": article}}, ("link", "T\nD")),
        ({"MsgType": "news", "ArticleCount": 2, "Articles": {"item": [article] * 2}}, ("link", "T\nD\n\nT\nD")),
    ):
        assert _replied(owner, **fields) == [expected]
    assert _replied(owner, MsgType="transfer_customer_service") == []


@pytest.mark.parametrize(
    ("mode", "sealed", "accepted"),
    [
        ("plaintext", False, True),
        ("plaintext", True, False),
        ("compatible", False, True),
        ("compatible", True, True),
        ("safe", False, False),
        ("safe", True, True),
    ],
)
def test_each_mode_takes_its_own_replies(owner: Owner, mode: str, *, sealed: bool, accepted: bool) -> None:
    """A reply of another mode is as bad as none."""
    expected = ("text", "Hello") if accepted else ("notice", limits.UNAVAILABLE)
    assert _replied(owner, mode=mode, sealed=sealed, MsgType="text", Content="Hello") == [expected]


@pytest.mark.parametrize(
    "fields",
    [
        {"MsgType": "text"},
        {"MsgType": "text", "Content": ""},
        {"MsgType": "text", "Content": "x" * 2_049},
        {"MsgType": "image", "Image": {"MediaId": "none"}},
        {"MsgType": "image", "MediaId": "none"},
        {"MsgType": "music", "Music": {"Title": "no thumbnail"}},
        {"MsgType": "news", "ArticleCount": 2, "Articles": {"item": {"Title": "one"}}},
        {
            "MsgType": "news",
            "ArticleCount": 2,
            "Articles": {"item": {"Title": "", "Description": "", "PicUrl": "", "Url": ""}},
        },
        {"MsgType": "location"},
        {"Content": "x"},
        {"MsgType": "text", "Content": "x", "ToUserName": "somebody else"},
        {"MsgType": "text", "Content": "x", "FromUserName": "gh_000000000000"},
        {"MsgType": "text", "Content": "x", "CreateTime": "now"},
    ],
)
def test_a_bad_reply_shows_that_the_account_does_not_work(owner: Owner, fields: dict[str, Any]) -> None:
    """It is not tried again, and its mistake is kept for whoever looks."""
    assert _replied(owner, **fields) == [("notice", limits.UNAVAILABLE)]
    assert owner.account.outbox.last_problem.startswith("message text: ")


@pytest.mark.parametrize("body", [b'{"msg":"hi"}', b"ok", b"<xml/>", b"\xff\xfe", b"<!DOCTYPE a><xml><A>a</A></xml>"])
def test_an_answer_that_is_no_reply_at_all_shows_it_too(owner: Owner, body: bytes) -> None:
    """JSON, words, a DTD."""
    customer = owner.enrol()
    owner.replies = [body]
    owner.act(customer, SendText(text="hi"))
    assert shown(customer) == [("notice", limits.UNAVAILABLE)]


@pytest.mark.parametrize("part", ["MsgSignature", "Encrypt", "Nonce", "TimeStamp"])
def test_an_encrypted_reply_without_its_proof_is_refused(owner: Owner, part: str) -> None:
    """Altered, or missing."""
    customer = owner.enrol()
    fields = markup.parse(owner.sealed(owner.reply(customer, MsgType="text", Content="x")))
    rest = {name: value for name, value in fields.items() if name != part}
    for body in (markup.render({**fields, part: "AAAA"}), markup.render(rest)):
        owner.replies = [body]
        owner.act(customer, SendText(text="hi"))
    assert shown(customer) == [("notice", limits.UNAVAILABLE)] * 2


def test_a_reply_reaches_nobody_who_has_left(owner: Owner) -> None:
    """The answer to an unfollow is heard by nobody."""
    customer = owner.follower()
    owner.replies = [owner.reply(customer, MsgType="text", Content="Farewell")]
    owner.act(customer, OptOut())
    assert shown(customer) == []


# --- the console's check ----------------------------------------------------------------------------------------------


def _configure(owner: Owner, **fields: Any) -> Any:
    account = owner.account
    body = {"appid": account.appid, "secret": account.secret, **fields}
    return owner.post("/console/server", body, access_token="")


def test_a_server_is_taken_when_it_echoes(owner: Owner) -> None:
    """It is asked with the new Token's signature; then callbacks go there in the new mode."""

    def echo(call: Call) -> Answer:
        query = _query(call)
        genuine = cipher.matches(query["signature"], "newtoken", query["timestamp"], query["nonce"])
        return Answer(200, body=query["echostr"].encode() if genuine else b"")

    owner.answer = echo
    key = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
    told = _configure(owner, url="http://new.example/hook", token="newtoken", encoding_aes_key=key, mode="safe")
    assert told == {"errcode": 0, "errmsg": "ok"}
    assert [(call.method, call.name, call.timeout_s) for call in owner.calls] == [("GET", "check server", 5)]
    account = owner.account
    assert (account.callback_url, account.token, account.aes_key, account.mode) == (
        "http://new.example/hook",
        "newtoken",
        key,
        "safe",
    )


@pytest.mark.parametrize(
    ("answer", "code"), [(Answer(200, body=b"hello"), -302), (Answer(404), -301), (Answer(0, problem="x"), -301)]
)
def test_a_server_that_does_not_echo_is_not_taken(owner: Owner, answer: Answer, code: int) -> None:
    """Everything stays as it was."""
    owner.answer = lambda _: answer
    before = owner.component.dump()
    assert _configure(owner, url="http://new.example/hook", mode="safe")["errcode"] == code
    assert owner.component.dump() == before


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"mode": "secret"}, 40035),
        ({"token": "a b"}, 40035),
        ({"encoding_aes_key": "short"}, 40035),
        ({"url": "ftp://x"}, 40035),
        ({"colour": "red"}, 40035),
        ({"secret": "wrong"}, 40125),
    ],
)
def test_wrong_settings_are_refused(owner: Owner, fields: dict[str, Any], code: int) -> None:
    """Before anybody is asked."""
    assert _configure(owner, **fields)["errcode"] == code
    assert owner.calls == []


def test_without_a_server_nobody_is_called(owner: Owner) -> None:
    """An empty URL takes it away."""
    assert _configure(owner, url="")["errcode"] == 0
    owner.act(owner.enrol(), SendText(text="hi"))
    assert owner.calls == []
