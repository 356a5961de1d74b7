"""Sends in several calls as playbooks, on the channel that has them: first a token, and an upload before a message."""

import hashlib
from typing import Any
from urllib.parse import urlencode

import msgspec
import orjson
import pytest

from fake_sinch.effects import Call
from fake_sinch.events import Event
from fake_sinch.ports import Reply
from fake_sinch.state import Credential
from fake_sinch.tests.stage import Stage

OPENID = "oABCDEFGHIJKLMNOPQRSTUVWXYZ_"
SECRET = {"app_id": "wx0123456789abcdef", "app_secret": "s3cret", "token": "tok", "aes_key": "k" * 43}
OK = {"errcode": 0, "errmsg": "ok"}
IMAGE = {"media_message": {"url": "https://shop.test/cat.png"}}
HOUR = 3_600_000


class WeChatStage(Stage):
    """A stage whose app has a WeChat account too."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        app = self.service.state.apps[self.app_id]
        app.credentials.append(Credential("WECHAT", "wechat_credentials", dict(SECRET)))

    def text(self, **fields: Any) -> dict[str, Any]:
        """Send a text, or whatever ``message`` says, to somebody on WeChat."""
        return self.send(OPENID, "WECHAT", **fields)

    def answer_to(self, name: str, body: Any, status: int = 200, **headers: str) -> Call:
        """Let the one outstanding call, which must have this name, be answered."""
        call = self.call()
        assert call.name == name
        self.reply_to(call, status, body, **headers)
        return call

    def grant(self, value: str = "T1", life_s: int = 7200) -> Call:
        """Let WeChat grant a token."""
        return self.answer_to("stable_token", {"access_token": value, "expires_in": life_s})

    def took(self) -> Call:
        """Let WeChat take the message."""
        return self.answer_to("message/custom/send", OK)

    def told(self, xml: str) -> Reply:
        """Let WeChat call back in plain text."""
        stamp, nonce = "1790000000", "7"
        proof = hashlib.sha1("".join(sorted(("tok", stamp, nonce))).encode(), usedforsecurity=False).hexdigest()
        query = urlencode({"signature": proof, "timestamp": stamp, "nonce": nonce})
        head = f"<FromUserName>{OPENID}</FromUserName><CreateTime>1790000000</CreateTime>"
        body = f"<xml>{head}{xml}</xml>".encode()
        return self.raw("POST", f"/adapter/v1/WECHAT/{self.app_id}/callback?{query}", body)


# Tokens


def test_a_token_is_asked_for_once() -> None:
    """The first message asks for a token, the next ones use it."""
    stage = WeChatStage()
    stage.text()
    asked = stage.grant()
    assert (asked.url, asked.target) == ("http://we.test/cgi-bin/stable_token", "wechat")
    assert stage.took().url == "http://we.test/cgi-bin/message/custom/send?access_token=T1"
    stage.text()
    assert stage.took().url.endswith("=T1")
    assert [status for status, _, _ in stage.reports()] == ["QUEUED_ON_CHANNEL"] * 2


def test_a_token_survives_a_snapshot() -> None:
    """A restored project goes on with the token it had."""
    stage = WeChatStage()
    stage.text()
    stage.grant()
    stage.took()
    stage.restart()
    stage.text()
    assert stage.took().url.endswith("=T1")


def test_a_token_is_renewed_before_it_ends() -> None:
    """Two minutes before its end it is no longer used; until then it is."""
    stage = WeChatStage()
    stage.text()
    stage.grant()
    stage.took()
    stage.advance(2 * HOUR - 120_001)
    stage.text()
    stage.took()
    stage.advance(1)
    stage.text()
    stage.grant("T2")
    assert stage.took().url.endswith("=T2")
    assert len(stage.service.state.traffic.access_tokens) == 1


def test_a_changed_credential_has_no_token() -> None:
    """What was granted for another secret is not used."""
    stage = WeChatStage()
    stage.text()
    stage.grant()
    stage.took()
    stage.service.state.apps[stage.app_id].credentials[-1].secret["app_secret"] = "other"
    stage.text()
    assert orjson.loads(stage.grant("T2").body)["secret"] == "other"
    stage.took()


def test_a_token_without_a_life_is_used_once() -> None:
    """However short a token lives, nobody asks for tokens for ever."""
    stage = WeChatStage()
    stage.text()
    stage.grant(life_s=0)
    stage.took()
    stage.advance(1)
    stage.text()
    stage.grant("T2")
    stage.took()


@pytest.mark.parametrize("code", [40001, 40014, 42001])
def test_a_refused_token_is_replaced_once(code: int) -> None:
    """The message goes again with a new token; refused again, it fails for the configuration."""
    stage = WeChatStage()
    stage.text()
    stage.grant()
    stage.answer_to("message/custom/send", {"errcode": code, "errmsg": "no"})
    stage.grant("T2")
    assert stage.call().url.endswith("=T2")
    stage.answer_to("message/custom/send", {"errcode": code, "errmsg": "no"})
    assert stage.reports() == [("FAILED", "WECHAT", "CHANNEL_BAD_CONFIGURATION")]
    assert stage.calls == []


def test_who_comes_later_uses_the_new_token() -> None:
    """Of two messages that were refused with the old token, both get through."""
    stage = WeChatStage()
    stage.text()
    stage.grant()
    stage.took()
    stage.text()
    stage.text()
    for call in list(stage.calls):
        stage.reply_to(call, 200, {"errcode": 42001, "errmsg": "expired"})
    for call in list(stage.calls):
        assert call.name == "stable_token"
        stage.reply_to(call, 200, {"access_token": "T2", "expires_in": 7200})
    assert {call.url[-3:] for call in stage.calls} == {"=T2"}
    for call in list(stage.calls):
        stage.reply_to(call, 200, OK)
    assert [status for status, _, _ in stage.reports()] == ["QUEUED_ON_CHANNEL"] * 3


def test_a_wrong_secret_fails_the_message() -> None:
    """No token, no message."""
    stage = WeChatStage()
    stage.text()
    stage.answer_to("stable_token", {"errcode": 40125, "errmsg": "invalid appsecret"})
    assert stage.reports() == [("FAILED", "WECHAT", "CHANNEL_BAD_CONFIGURATION")]


@pytest.mark.parametrize("body", [b"<html>", [], {"access_token": "T", "expires_in": "soon"}])
def test_a_garbled_grant_fails_the_message(body: Any) -> None:
    """An answer without the vendor's shape is a failure of the channel."""
    stage = WeChatStage()
    stage.text()
    stage.answer_to("stable_token", body)
    assert stage.reports() == [("FAILED", "WECHAT", "CHANNEL_FAILURE")]


def test_an_outage_of_tokens_is_retried() -> None:
    """A vendor that does not answer is asked again after a wait."""
    stage = WeChatStage()
    stage.text()
    stage.answer_to("stable_token", b"", 503)
    assert stage.calls == []
    stage.advance(2_000)
    stage.grant()
    stage.took()
    assert stage.reports() == [("QUEUED_ON_CHANNEL", "WECHAT", "")]


def test_a_removed_credential_fails_what_waits() -> None:
    """A part that waits for a token, or for its next step, ends when the account is gone."""
    for message in ({"text_message": {"text": "x"}}, IMAGE):
        stage = WeChatStage()
        stage.text(message=message)
        if message is IMAGE:
            stage.grant()
        del stage.service.state.apps[stage.app_id].credentials[-1]
        stage.reply_to(stage.call(), 200, {"access_token": "T", "expires_in": 7200})
        assert stage.reports() == [("FAILED", "WECHAT", "CHANNEL_CONFIGURATION_MISSING")]


# Files


def test_a_file_is_fetched_uploaded_and_sent() -> None:
    """Each answer leads to the next call; acceptance is told after the last."""
    stage = WeChatStage()
    sent = stage.text(message=IMAGE)
    stage.grant()
    fetch = stage.answer_to("fetch", b"png bytes", content_type="image/png")
    assert (fetch.method, fetch.url, fetch.target) == ("GET", "https://shop.test/cat.png", "media")
    assert fetch.max_bytes == 10 * 1_048_576
    assert "access_token" not in repr(fetch)
    upload = stage.answer_to("media/upload", {"type": "image", "media_id": "M1", "created_at": 1})
    assert upload.target == "wechat"
    assert upload.url == "http://we.test/cgi-bin/media/upload?access_token=T1&type=image"
    assert b"png bytes" in upload.body
    assert stage.reports() == []
    send = stage.took()
    assert orjson.loads(send.body) == {"touser": OPENID, "msgtype": "image", "image": {"media_id": "M1"}}
    assert {call.ids for call in (fetch, upload, send)} == {(sent["message_id"],)}
    assert stage.reports() == [("QUEUED_ON_CHANNEL", "WECHAT", "")]


def test_a_snapshot_between_two_steps() -> None:
    """What a step needs is in the project's state and in the call's own event."""
    stage = WeChatStage()
    stage.text(message=IMAGE)
    stage.grant()
    stage.answer_to("fetch", b"png")
    (call,) = stage.calls
    stage.restart()
    event = msgspec.msgpack.decode(msgspec.msgpack.encode(call.then), type=Event)
    stage.calls = [msgspec.structs.replace(call, then=event)]
    stage.answer_to("media/upload", {"media_id": "M1"})
    stage.took()
    assert stage.reports() == [("QUEUED_ON_CHANNEL", "WECHAT", "")]


def test_a_moved_file_is_followed() -> None:
    """Three redirects are followed, the fourth is a failure; other schemes are not followed at all."""
    stage = WeChatStage()
    stage.text(message=IMAGE)
    stage.grant()
    for number in range(3):
        stage.answer_to("fetch", b"", 302, location=f"/moved/{number}.png")
    assert stage.call().url == "https://shop.test/moved/2.png"
    stage.answer_to("fetch", b"", 302, location="/once-more.png")
    assert stage.reports() == [("FAILED", "WECHAT", "MEDIA_NOT_REACHABLE")]
    stage.text(message=IMAGE)
    stage.answer_to("fetch", b"", 301, location="file:///etc/passwd")
    assert stage.reports() == [("FAILED", "WECHAT", "MEDIA_NOT_REACHABLE")]


def test_a_missing_file_fails_the_message() -> None:
    """The reason names the link and what its server said."""
    stage = WeChatStage()
    stage.text(message=IMAGE)
    stage.grant()
    stage.answer_to("fetch", b"", 404)
    (report,) = stage.hear("message_delivery_report")
    assert report["reason"]["code"] == "MEDIA_NOT_REACHABLE"
    assert "https://shop.test/cat.png" in report["reason"]["description"]
    assert "404" in report["reason"]["description"]


@pytest.mark.parametrize(
    ("code", "reason"),
    [(40005, "MEDIA_TYPE_UNSUPPORTED"), (45001, "MEDIA_TOO_LARGE"), (45007, "MEDIA_TOO_LARGE")],
)
def test_a_refused_upload_fails_the_message(code: int, reason: str) -> None:
    """The upload's error is the message's."""
    stage = WeChatStage()
    stage.text(message=IMAGE)
    stage.grant()
    stage.answer_to("fetch", b"png")
    stage.answer_to("media/upload", {"errcode": code, "errmsg": "no"})
    assert stage.reports() == [("FAILED", "WECHAT", reason)]


def test_a_busy_upload_starts_again() -> None:
    """What may succeed later begins with the first step again."""
    stage = WeChatStage()
    stage.text(message=IMAGE)
    stage.grant()
    stage.answer_to("fetch", b"png")
    stage.answer_to("media/upload", {"errcode": -1, "errmsg": "system error"})
    assert stage.calls == []
    stage.advance(2_000)
    stage.answer_to("fetch", b"png")
    stage.answer_to("media/upload", {"media_id": "M1"})
    stage.took()
    assert stage.reports() == [("QUEUED_ON_CHANNEL", "WECHAT", "")]


def test_a_token_that_ends_between_the_steps() -> None:
    """It is replaced and the file goes again."""
    stage = WeChatStage()
    stage.text(message=IMAGE)
    stage.grant()
    stage.answer_to("fetch", b"png")
    stage.answer_to("media/upload", {"errcode": 42001, "errmsg": "access_token expired"})
    stage.grant("T2")
    stage.answer_to("fetch", b"png")
    assert "=T2&" in stage.answer_to("media/upload", {"media_id": "M1"}).url
    stage.took()


def test_a_late_step_of_an_ended_message_does_nothing() -> None:
    """A message whose time to live ended between two steps is not sent."""
    stage = WeChatStage()
    stage.text(message=IMAGE, ttl="10s")
    stage.grant()
    stage.advance(10_000)
    assert stage.reports() == [("FAILED", "WECHAT", "DELIVERY_TIMED_OUT")]
    stage.answer_to("fetch", b"png")
    assert stage.calls == []


def test_a_vendor_without_ids_keeps_messages_apart() -> None:
    """Messages that the vendor does not name are not mixed up, nor failed by reports on nothing; nothing piles up."""
    stage = WeChatStage()
    nothing = "<MsgType>event</MsgType><Event>TEMPLATESENDJOBFINISH</Event><MsgID></MsgID><Status>failed</Status>"
    assert stage.told(nothing).status == 200
    stage.text()
    stage.grant()
    stage.took()
    stage.text()
    stage.took()
    assert [status for status, _, _ in stage.reports()] == ["QUEUED_ON_CHANNEL"] * 2
    assert stage.service.state.traffic.vendor_messages == {}


# Events of the app


def typing(stage: WeChatStage) -> None:
    """Send a composing event."""
    stage.webhook("EVENT_DELIVERY", target="https://subject.test/events")
    recipient = {"identified_by": {"channel_identities": [{"channel": "WECHAT", "identity": OPENID}]}}
    body = {"app_id": stage.app_id, "recipient": recipient, "event": {"composing_event": {}}}
    stage.ask("POST", "/events:send", body)


def event_reports(stage: WeChatStage) -> list[tuple[str, str]]:
    """Status and reason of the reports on events."""
    reports = stage.hear("event_delivery_report")
    return [(report["status"], report.get("reason", {}).get("code", "")) for report in reports]


def test_an_event_waits_for_a_token() -> None:
    """Typing is shown once there is a token."""
    stage = WeChatStage()
    typing(stage)
    stage.grant()
    call = stage.answer_to("message/custom/typing", OK)
    assert orjson.loads(call.body) == {"touser": OPENID, "command": "Typing"}
    assert event_reports(stage) == [("QUEUED_ON_CHANNEL", "")]


def test_an_event_that_is_refused_with_status_200() -> None:
    """The body decides; a token that is not taken is forgotten."""
    stage = WeChatStage()
    typing(stage)
    stage.grant()
    stage.answer_to("message/custom/typing", {"errcode": 45080, "errmsg": "no message from the user"})
    assert event_reports(stage) == [("FAILED", "OUTSIDE_ALLOWED_SENDING_WINDOW")]
    stage.service.state.webhooks.clear()
    typing(stage)
    stage.answer_to("message/custom/typing", {"errcode": 40001, "errmsg": "not latest"})
    assert event_reports(stage) == [("FAILED", "CHANNEL_BAD_CONFIGURATION")]
    assert stage.service.state.traffic.access_tokens == {}


def test_an_event_without_a_token_fails() -> None:
    """When none is granted, when the account is gone meanwhile, there is an end."""
    stage = WeChatStage()
    typing(stage)
    stage.answer_to("stable_token", {"errcode": 40013, "errmsg": "invalid appid"})
    assert event_reports(stage) == [("FAILED", "CHANNEL_BAD_CONFIGURATION")]
    stage.service.state.webhooks.clear()
    typing(stage)
    del stage.service.state.apps[stage.app_id].credentials[-1]
    stage.reply_to(stage.call(), 200, {"access_token": "T", "expires_in": 7200})
    assert stage.calls == []


# Customers' files


VOICE = "<MsgType>voice</MsgType><MediaId>V1</MediaId><Format>amr</Format><MsgId>{}</MsgId>"


def test_a_customers_file_waits_for_a_token() -> None:
    """The file is fetched with a token; the callback is answered with the vendor's own word."""
    stage = WeChatStage()
    reply = stage.told(VOICE.format(1))
    assert (reply.status, reply.body, reply.headers["content-type"]) == (200, b"success", "text/plain")
    stage.grant()
    call = stage.answer_to("media/get", b"#!AMR\n", content_type="audio/amr")
    assert call.url == "http://we.test/cgi-bin/media/get?access_token=T1&media_id=V1"
    (message,) = stage.hear("message")
    assert message["contact_message"]["media_message"]["url"].endswith(".amr")


def test_a_refused_token_does_not_lose_the_file() -> None:
    """It is fetched again with a new token."""
    stage = WeChatStage()
    stage.told(VOICE.format(1))
    stage.grant()
    stage.answer_to("media/get", {"errcode": 40001, "errmsg": "no"}, content_type="application/json")
    stage.advance(2_000)
    stage.grant("T2")
    stage.answer_to("media/get", b"#!AMR\n", content_type="audio/amr")
    assert len(stage.hear("message")) == 1


def test_a_token_that_is_never_granted_loses_the_file() -> None:
    """The message is told without its file, and the one after it is not held up."""
    stage = WeChatStage()
    stage.told(VOICE.format(1))
    stage.told("<MsgType>text</MsgType><Content>hi</Content><MsgId>2</MsgId>")
    stage.answer_to("stable_token", {"errcode": 40125, "errmsg": "invalid appsecret"})
    lost, text = stage.hear("message")
    assert lost["contact_message"]["fallback_message"]["reason"]["code"] == "CHANNEL_BAD_CONFIGURATION"
    assert text["contact_message"] == {"text_message": {"text": "hi"}}


def test_an_outage_of_tokens_does_not_lose_the_file() -> None:
    """The token is asked for again."""
    stage = WeChatStage()
    stage.told(VOICE.format(1))
    stage.answer_to("stable_token", b"", 0)
    stage.advance(2_000)
    stage.grant()
    stage.answer_to("media/get", b"#!AMR\n", content_type="audio/amr")
    assert "media_message" in stage.hear("message")[0]["contact_message"]
