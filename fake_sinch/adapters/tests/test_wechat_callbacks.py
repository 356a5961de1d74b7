"""WeChat's callbacks, read: XML, encryption, messages, events."""

import base64
from typing import Any

import orjson
import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from hypothesis import given
from hypothesis import strategies as st

from fake_sinch import statuses
from fake_sinch.adapters import wechat_callbacks as callbacks
from fake_sinch.adapters.contract import Malformed
from fake_sinch.arrivals import Inbound, InboundMessage, InboundOpt, InboundStatus, InboundUnsupported
from fake_sinch.reasons import ReasonCode

OPENID = "oABCDEFGHIJKLMNOPQRSTUVWXYZ_"
APP = "wx0123456789abcdef"
AES_KEY = base64.b64encode(bytes(range(32))).decode().rstrip("=")
HEAD = {"ToUserName": "gh_0123456789ab", "FromUserName": OPENID, "CreateTime": "1760000000"}


def sealed(plain: bytes, app_id: str = APP) -> str:
    """A text as the vendor encrypts it."""
    framed = b"0123456789abcdef" + len(plain).to_bytes(4, "big") + plain + app_id.encode()
    missing = 32 - len(framed) % 32
    key = bytes(range(32))
    encryptor = Cipher(algorithms.AES(key), modes.CBC(key[:16])).encryptor()
    return base64.b64encode(encryptor.update(framed + bytes([missing]) * missing) + encryptor.finalize()).decode()


def tell(**fields: str) -> list[Inbound]:
    """What a callback with these fields tells."""
    return callbacks.arrivals({**HEAD, **fields})


def message(**fields: str) -> InboundMessage:
    """The one message of a callback."""
    (found,) = tell(MsgId="23000000000000001", **fields)
    assert isinstance(found, InboundMessage)
    assert (found.vendor_id, found.identity, found.at) == ("23000000000000001", OPENID, 1_760_000_000_000)
    return found


# XML


def test_elements_are_read() -> None:
    """Text, CDATA and entities of elements below the root; what is nested deeper stays out."""
    body = "<xml>\n<A><![CDATA[a <b> ]]]]><![CDATA[>]]></A><B>1&amp;2</B><C><D>x</D></C><E/></xml>"
    fields = callbacks.fields_of(body.encode())
    assert (fields["A"], fields["B"], fields["E"]) == ("a <b> ]]>", "1&2", "")
    assert "D" not in fields


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"<html/>",
        b"<xml><A></xml>",
        b"\xff\xfe",
        b'<!DOCTYPE xml [<!ENTITY a "b">]><xml><A>&a;</A></xml>',
        b'<?xml version="1.0" encoding="nonsense"?><xml/>',
        b"<xml>" + b"<A>" * 20 + b"</A>" * 20 + b"</xml>",
    ],
)
def test_other_documents_are_malformed(body: bytes) -> None:
    """No XML, another root, a DTD, an unknown encoding, depth for its own sake."""
    with pytest.raises(Malformed):
        callbacks.fields_of(body)


# Encryption


@given(st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=300))
def test_what_is_encrypted_is_read(text: str) -> None:
    """Texts of every length come back whole."""
    plain = f"<xml><Content><![CDATA[{text.replace(']]>', '')}]]></Content></xml>".encode()
    assert callbacks.opened({"Encrypt": sealed(plain)}, AES_KEY, APP) == callbacks.fields_of(plain)


def test_plain_callbacks_are_left_alone() -> None:
    """Without Encrypt, and in compatible mode without a key, the callback's own elements count."""
    plain = {"MsgType": "text"}
    assert callbacks.opened(plain, AES_KEY, APP) == plain
    both = {**plain, "Encrypt": "x"}
    assert callbacks.opened(both, "", APP) == both


@pytest.mark.parametrize(
    ("text", "aes_key"),
    [
        (sealed(b"<xml/>", "wxffffffffffffffff"), AES_KEY),
        (sealed(b"<xml/>"), "A" * 43),
        (sealed(b"no xml"), AES_KEY),
        (sealed(b"<xml/>"), "short"),
        (sealed(b"<xml/>"), ""),
        ("not base64!", AES_KEY),
        (base64.b64encode(b"odd").decode(), AES_KEY),
        (base64.b64encode(bytes(32)).decode(), AES_KEY),
    ],
)
def test_what_was_not_encrypted_for_us_is_malformed(text: str, aes_key: str) -> None:
    """Another account, another key, damage."""
    with pytest.raises(Malformed):
        callbacks.opened({"Encrypt": text}, aes_key, APP)


# Messages


def test_text_and_tapped_entry() -> None:
    """A text is its content; the tapped entry of a menu is what the entry carried."""
    assert message(MsgType="text", Content="hi").content == {"text_message": {"text": "hi"}}
    tapped = message(MsgType="text", Content="Yes", bizmsgmenuid="101")
    assert (tapped.choice, tapped.content) == ("101", {})


@pytest.mark.parametrize(
    ("kind", "mime"),
    [("image", "image/jpeg"), ("voice", "audio/amr"), ("video", "video/mp4"), ("shortvideo", "video/mp4")],
)
def test_media(kind: str, mime: str) -> None:
    """A file is named by its media id."""
    media = message(MsgType=kind, MediaId="M1").media
    assert media is not None
    assert (media.ref, media.mime) == ("M1", mime)


def test_location() -> None:
    """X is the latitude."""
    place = message(MsgType="location", Location_X="23.1", Location_Y="113.3", Label="Main Street").content
    coordinates = {"latitude": 23.1, "longitude": 113.3}
    assert place == {"location_message": {"title": "", "label": "Main Street", "coordinates": coordinates}}


@pytest.mark.parametrize("fields", [{"MsgType": "link", "Title": "T"}, {"MsgType": "file", "Title": "a.pdf"}])
def test_links_and_files_are_fallbacks(fields: dict[str, str]) -> None:
    """What has no contact message comes with the vendor's fields."""
    told: Any = message(**fields).content["fallback_message"]
    assert orjson.loads(told["raw_message"])["Title"] == fields["Title"]
    assert told["reason"]["code"] == "UNSUPPORTED_OPERATION"


def test_unknown_kinds_are_unsupported() -> None:
    """A kind that nobody knows is told as unsupported, with its fields."""
    (found,) = tell(MsgType="dance", MsgId="7")
    assert isinstance(found, InboundUnsupported)
    assert (found.vendor_id, orjson.loads(found.payload)["MsgType"]) == ("7", "dance")


@pytest.mark.parametrize("fields", [{}, {"MsgType": "text", "FromUserName": ""}])
def test_callbacks_of_nobody_are_malformed(fields: dict[str, str]) -> None:
    """Kind and person must be there."""
    with pytest.raises(Malformed):
        tell(**fields)


# Events


@pytest.mark.parametrize(("event", "opted_in"), [("subscribe", True), ("unsubscribe", False)])
def test_following_opts_in(event: str, *, opted_in: bool) -> None:
    """Following opts in, unfollowing opts out."""
    (found,) = tell(MsgType="event", Event=event, EventKey="")
    assert isinstance(found, InboundOpt)
    assert (found.opted_in, found.identity, found.at) == (opted_in, OPENID, 1_760_000_000_000)


def test_repeats_of_events_have_one_name() -> None:
    """An event has no id: person, time and what it is make one."""
    names = [
        found.vendor_id
        for event, key in (("CLICK", "A"), ("CLICK", "A"), ("CLICK", "B"), ("SCAN", "A"))
        for found in tell(MsgType="event", Event=event, EventKey=key)
        if isinstance(found, InboundUnsupported)
    ]
    assert len(names) == 4
    assert len(set(names)) == 3


@pytest.mark.parametrize(
    ("told", "status", "code"),
    [
        ("success", statuses.DELIVERED, None),
        ("failed:user block", statuses.FAILED, ReasonCode.RECIPIENT_NOT_REACHABLE),
        ("failed: system failed", statuses.FAILED, ReasonCode.CHANNEL_FAILURE),
    ],
)
def test_templates_are_reported_on(told: str, status: str, code: ReasonCode | None) -> None:
    """Whether a template came through is told by its number."""
    (found,) = tell(MsgType="event", Event="TEMPLATESENDJOBFINISH", MsgID="200163836", Status=told)
    assert isinstance(found, InboundStatus)
    assert (found.vendor_id, found.status) == ("200163836", status)
    assert (found.reason.code if found.reason else None) == code
