"""WeChat's wire: tokens, calls, steps, signatures, files."""

from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import orjson
import pytest

from fake_sinch.adapters import wechat_callbacks as callbacks
from fake_sinch.adapters.contract import (
    Accepted,
    Account,
    Granted,
    Malformed,
    MediaFailed,
    MediaFile,
    Rejected,
    RetryLater,
    Sent,
    Ungranted,
    VendorCall,
)
from fake_sinch.adapters.tests.test_wechat_callbacks import AES_KEY, APP, OPENID, sealed
from fake_sinch.adapters.wechat import ADAPTER
from fake_sinch.arrivals import InboundMessage, MediaRef
from fake_sinch.effects import Answer
from fake_sinch.parts import MediaPart, Part, TemplatePart, TextPart
from fake_sinch.reasons import ReasonCode
from fake_sinch.state import Credential
from fake_sinch.tests.scene import Request

SECRET = {"app_id": APP, "app_secret": "s3cret", "token": "tok", "aes_key": AES_KEY}
CREDENTIAL = Credential("WECHAT", "wechat_credentials", SECRET)
ACCOUNT = Account(CREDENTIAL, "http://we.test", "", "T 1")
PLAIN = f"<xml><FromUserName>{OPENID}</FromUserName><MsgType>text</MsgType><Content>hi</Content><MsgId>1</MsgId></xml>"
IMAGE = MediaPart("https://shop.test/cat.png", "image/png")


def answered(body: Any, status: int = 200) -> Answer:
    """A JSON answer of the API."""
    return Answer(status, {"content-type": "application/json; encoding=utf-8"}, orjson.dumps(body))


def sent(part: Part = IMAGE) -> Sent:
    """A part on its way."""
    return Sent(part, OPENID, ACCOUNT, {}, "ID")


# Tokens


def test_the_stable_token_is_asked_for() -> None:
    """With appid and secret, without forcing a new one."""
    call = ADAPTER.grant(ACCOUNT)
    assert (call.method, call.url, call.name) == ("POST", "http://we.test/cgi-bin/stable_token", "stable_token")
    assert orjson.loads(call.body) == {"grant_type": "client_credential", "appid": APP, "secret": "s3cret"}


def test_what_a_grant_brings() -> None:
    """A token with its life, a refusal that is final, or one that may pass; never a request for another token."""
    assert ADAPTER.read_grant(answered({"access_token": "T", "expires_in": 7200})) == Granted("T", 7200)
    for code, kind in ((40125, Rejected), (40001, Rejected), (45011, RetryLater), (-1, RetryLater)):
        assert isinstance(ADAPTER.read_grant(answered({"errcode": code, "errmsg": ""})), kind)


# Sending


def test_calls_carry_the_token() -> None:
    """Messages, templates and typing have calls of their own."""
    for part, name in ((TextPart("hi"), "message/custom/send"), (TemplatePart("T", ""), "message/template/send")):
        call = ADAPTER.render(part, OPENID, ACCOUNT, {}, "ID")
        assert (call.method, call.name, call.step) == ("POST", name, "")
        assert call.url == f"http://we.test/cgi-bin/{name}?access_token=T+1"
    for event, command in (("composing_event", "Typing"), ("composing_end_event", "CancelTyping")):
        shown = ADAPTER.render_event({event: {}}, OPENID, ACCOUNT, "")
        assert shown is not None
        assert orjson.loads(shown.body) == {"touser": OPENID, "command": command}
    assert ADAPTER.render_event({"agent_joined_event": {}}, OPENID, ACCOUNT, "") is None


def test_text_goes_out_unescaped() -> None:
    """Escapes could reach the person literally."""
    assert "你好".encode() in ADAPTER.render(TextPart("你好"), OPENID, ACCOUNT, {}, "ID").body


def test_transcoding_shows_the_message() -> None:
    """`messages:transcode` shows a body in which only a file's id is missing."""
    assert orjson.loads(ADAPTER.transcode(IMAGE, "{{to}}")) == {
        "touser": "{{to}}",
        "msgtype": "image",
        "image": {"media_id": "{{media_id}}"},
    }


def test_only_templates_have_ids() -> None:
    """A message is taken without an id; somebody who is shown typing already is shown typing."""
    assert ADAPTER.read_answer(answered({"errcode": 0, "errmsg": "ok"})) == Accepted("")
    assert ADAPTER.read_answer(answered({"errcode": 0, "errmsg": "ok", "msgid": 200163836})) == Accepted("200163836")
    assert ADAPTER.read_answer(answered({"errcode": 45081, "errmsg": ""})) == Accepted("")
    assert isinstance(ADAPTER.read_answer(answered({})), Rejected)


def test_a_file_too_large_is_said_to_be() -> None:
    """What was cut off while it was fetched is too large; a server that does not answer is not reachable."""
    for problem, code in (
        ("larger than 10485760 bytes", ReasonCode.MEDIA_TOO_LARGE),
        ("connection refused", ReasonCode.MEDIA_NOT_REACHABLE),
    ):
        failed = ADAPTER.read_step("fetch 0", sent(), Answer(0, problem=problem))
        assert isinstance(failed, Rejected)
        assert failed.reason.code is code


def test_redirects_are_relative_to_the_file() -> None:
    """The business's server is asked again, without anything of the vendor's."""
    moved = ADAPTER.read_step("fetch 0", sent(), Answer(307, {"location": "//cdn.test/a.png"}))
    assert isinstance(moved, VendorCall)
    assert (moved.url, moved.target, moved.step) == ("https://cdn.test/a.png", "media", "fetch 1")


# Callbacks


def request(body: str, method: str = "POST", token: str = "tok", **query: str) -> Request:  # noqa: S107
    """A callback as the vendor signs it."""
    proof = callbacks.signature(token, "1760000000", "7")
    told = {"signature": proof, "timestamp": "1760000000", "nonce": "7", **query}
    return Request(method, "/", urlencode(told), told, body=body.encode())


def test_a_signed_callback_is_believed() -> None:
    """Whoever knows the Token signs time and nonce."""
    assert ADAPTER.authenticate(request(PLAIN), CREDENTIAL)
    assert not ADAPTER.authenticate(request(PLAIN, token="other"), CREDENTIAL)
    assert not ADAPTER.authenticate(Request("POST", "/", body=PLAIN.encode()), CREDENTIAL)


def test_without_a_token_nobody_is_believed() -> None:
    """An empty Token would be known to everybody."""
    bare = Credential("WECHAT", "wechat_credentials", {})
    assert not ADAPTER.authenticate(request(PLAIN, token=""), bare)


def test_encrypted_callbacks_are_signed_again() -> None:
    """What is encrypted has a signature of its own, which cannot be left out; nor can what it is for."""
    text = sealed(PLAIN.encode())
    body = f"<xml><ToUserName>gh</ToUserName><Encrypt>{text}</Encrypt></xml>"
    proof = callbacks.signature("tok", "1760000000", "7", text)
    assert ADAPTER.authenticate(request(body, encrypt_type="aes", msg_signature=proof), CREDENTIAL)
    assert not ADAPTER.authenticate(request(body, encrypt_type="aes", msg_signature=proof[::-1]), CREDENTIAL)
    assert not ADAPTER.authenticate(request(body), CREDENTIAL)
    assert not ADAPTER.authenticate(request(PLAIN, msg_signature=proof), CREDENTIAL)
    (found,) = ADAPTER.parse_callback(body.encode(), CREDENTIAL)
    assert isinstance(found, InboundMessage)
    assert found.content == {"text_message": {"text": "hi"}}


def test_what_is_no_xml_is_malformed_rather_than_a_stranger() -> None:
    """The signature of the query is right; the body is what is wrong."""
    assert ADAPTER.authenticate(request("{}"), CREDENTIAL)
    with pytest.raises(Malformed):
        ADAPTER.parse_callback(b"{}", CREDENTIAL)


def test_the_console_checks_the_url() -> None:
    """A signed GET gets its echostr back, bare; another one nothing; a POST is no check."""
    reply = ADAPTER.handshake(request("", "GET", echostr="6124 <b>"), CREDENTIAL)
    assert reply is not None
    assert (reply.status, reply.body, reply.headers["content-type"]) == (200, b"6124 <b>", "text/plain")
    refused = ADAPTER.handshake(request("", "GET", token="other", echostr="1"), CREDENTIAL)
    assert refused is not None
    assert (refused.status, refused.body) == (403, b"")
    assert ADAPTER.handshake(request(PLAIN), CREDENTIAL) is None


# Files


def test_a_file_is_asked_for_by_its_id() -> None:
    """With the token; ids are escaped."""
    call = ADAPTER.fetch_media(MediaRef("a&b"), ACCOUNT)
    assert dict(parse_qsl(urlsplit(call.url).query)) == {"access_token": "T 1", "media_id": "a&b"}


def test_bytes_or_a_link() -> None:
    """A file comes at once, a video behind a link."""
    file = Answer(200, {"content-type": "image/png"}, b"png")
    assert ADAPTER.read_media(0, MediaRef("M", "image/jpeg"), file, ACCOUNT) == MediaFile("image/png", b"png")
    link = ADAPTER.read_media(0, MediaRef("M", "video/mp4"), answered({"video_url": "http://we.test/v"}), ACCOUNT)
    assert isinstance(link, VendorCall)
    assert (link.url, link.target) == ("http://we.test/v", "")
    video = Answer(200, {"content-type": "video/mp4"}, b"{}")
    assert ADAPTER.read_media(1, MediaRef("M", "video/mp4"), video, ACCOUNT) == MediaFile("video/mp4", b"{}")


@pytest.mark.parametrize(("body", "retry"), [({"errcode": 40007}, False), ({"errcode": -1}, True), ({}, False)])
def test_files_that_cannot_be_had(body: dict[str, int], *, retry: bool) -> None:
    """An id that is gone is gone; a busy system may have the file later."""
    failed = ADAPTER.read_media(0, MediaRef("M"), answered(body), ACCOUNT)
    assert isinstance(failed, MediaFailed)
    assert failed.retry is retry


def test_files_and_tokens() -> None:
    """A token that is not taken is told as that."""
    assert isinstance(ADAPTER.read_media(0, MediaRef("M"), answered({"errcode": 42001}), ACCOUNT), Ungranted)
