"""The adapter and the emulated API joined: what one writes the other reads."""

from pathlib import Path
from typing import Any

import orjson
import pytest

from fake_channels.wechat import limits, wire
from fake_sinch.adapters import wechat_content as content
from fake_sinch.adapters.contract import Accepted, Account, Rejected, RetryLater, Ungranted
from fake_sinch.adapters.wechat import ADAPTER
from fake_sinch.arrivals import Inbound, InboundMessage, InboundOpt, InboundStatus, InboundUnsupported
from fake_sinch.effects import Answer
from fake_sinch.parts import MediaPart, Part, RawPart, TextPart
from fake_sinch.state import Credential

CREDENTIAL = Credential("WECHAT", "wechat_credentials", {"app_id": "wx", "token": "t"})
ACCOUNT = Account(CREDENTIAL, "http://we.test")
OPENID = "oABCDEFGHIJKLMNOPQRSTUVWXYZ_"
SAMPLES = (Path(wire.__file__).parent / "samples" / "callbacks.xml").read_bytes().splitlines()
CALLBACKS = [line for line in SAMPLES if line.startswith(b"<xml>")]


def told(kind: str) -> list[Inbound]:
    """What the samples of one kind tell."""
    wanted = f"<MsgType><![CDATA[{kind}]]></MsgType>".encode()
    return [found for one in CALLBACKS if wanted in one for found in ADAPTER.parse_callback(one, CREDENTIAL)]


def test_every_sample_tells_one_thing() -> None:
    """Whatever the server calls back with is read, and is about the person."""
    found = [one for body in CALLBACKS for one in ADAPTER.parse_callback(body, CREDENTIAL)]
    assert len(found) == len(CALLBACKS) > 0
    assert {one.identity for one in found if not isinstance(one, InboundStatus)} == {OPENID}


def test_samples_are_read_as_what_they_are() -> None:
    """Texts, taps, files and places are messages; following opts in; a template is reported on; the rest is told."""
    text, tapped = told("text")
    assert isinstance(text, InboundMessage)
    assert isinstance(tapped, InboundMessage)
    assert (text.content, tapped.choice) == ({"text_message": {"text": "hi"}}, "101")
    for kind in ("image", "voice", "shortvideo"):
        (file,) = told(kind)
        assert isinstance(file, InboundMessage)
        assert file.media is not None
        assert file.media.ref == "media"
    followed, *others, failed = told("event")
    assert isinstance(followed, InboundOpt)
    assert isinstance(failed, InboundStatus)
    assert all(isinstance(one, InboundUnsupported) for one in others)


@pytest.mark.parametrize(
    ("part", "kind"),
    [
        (TextPart("hi <b> 你好 😀"), "text"),
        (MediaPart("https://shop.test/a.png", "image/png"), "image"),
        (MediaPart("https://shop.test/a.amr", "audio/amr"), "voice"),
        (MediaPart("https://shop.test/a.mp4", "video/mp4"), "video"),
        (MediaPart("https://shop.test/a.pdf", "application/pdf"), "text"),
        (RawPart('{"msgtype":"msgmenu","msgmenu":{"list":[{"id":"1","content":"Yes"}]}}'), "buttons"),
    ],
)
def test_the_server_takes_what_is_sent(part: Part, kind: str) -> None:
    """Every message that the adapter writes is a valid one and shows what was meant."""
    sending = wire.parse_send(content.body(part, OPENID, "M1"))
    assert (sending.openid, sending.content.item.kind) == (OPENID, kind)
    if kind in {"image", "voice", "video"}:
        assert [(ref.media_id, ref.kind) for ref in sending.content.media] == [("M1", kind)]


def test_types_and_sizes_are_the_servers() -> None:
    """What is uploaded as a type is what the server takes as it, and as much of it."""
    for kind, rule in limits.MEDIA_RULES.items():
        for mime in rule.types if kind != "thumb" else ():
            upload = content.upload_of(MediaPart("https://shop.test/a", mime))
            assert upload is not None
            assert (upload.kind, upload.max_bytes) == (kind, rule.max_bytes)


@pytest.mark.parametrize("error", limits.TABLES.errors, ids=lambda error: str(error.code))
def test_every_error_has_a_verdict(error: Any) -> None:
    """No error of the server is taken for acceptance, whatever it is about; its code and text are told on."""
    body = orjson.dumps({"errcode": error.code, "errmsg": f"{error.text} rid: 1"})
    verdict = ADAPTER.read_answer(Answer(error.status, {}, body))
    if verdict == Accepted(""):
        assert error.code == 45081, "only an indicator that is shown already is as good as shown"
        return
    assert isinstance(verdict, Rejected | RetryLater | Ungranted)
    assert verdict.reason.description == f"The underlying channel reported: {error.code}: {error.text} rid: 1"
