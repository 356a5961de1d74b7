"""The person with Viber in hand, in a chat with a business."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from fake_channels.core.handset import (
    Action,
    Block,
    ComeBack,
    Delete,
    Edit,
    GoOffline,
    Impossible,
    MentionInStory,
    OptIn,
    OptOut,
    React,
    Rename,
    ReplyToStory,
    SendContact,
    SendLocation,
    SendMedia,
    SendText,
    SendUnsupported,
    Tap,
    TapMenu,
    Type,
    Unblock,
)
from fake_channels.viberbm import limits
from fake_channels.viberbm.tests.calls import MP4, PDF, PNG, Business


@pytest.fixture
def business() -> Business:
    """Somebody with a service id who is called back."""
    return Business()


def _media(kind: Any, data: bytes, mime: str, name: str = "file", **rest: str) -> SendMedia:
    return SendMedia(kind=kind, data=data, mime=mime, name=name, **rest)


def test_a_text_has_who_when_and_what(business: Business) -> None:
    """By number; names are never told."""
    customer = business.enrol("Ada")
    item = business.act(customer, SendText(text="Hi 👋🏽 مرحبا <b>"))
    (told,) = business.heard()
    assert item is not None
    assert told == {
        "event": "message",
        "service_id": business.account.service_id,
        "msisdn": customer.person.msisdn,
        "ts": business.now,
        "message_token": item.id,
        "session_id": told["session_id"],
        "text": "Hi 👋🏽 مرحبا <b>",
    }


@pytest.mark.parametrize(
    "action",
    [
        _media("image", PNG, "image/png", "a.png", caption="Look"),
        _media("video", MP4, "video/mp4", "a.mp4"),
        _media("document", PDF, "application/pdf", "a.pdf"),
    ],
)
def test_files_come_as_urls_that_live_an_hour(business: Business, action: SendMedia) -> None:
    """With type, name and size; the bytes are those that were sent."""
    customer = business.enrol()
    item = business.act(customer, action)
    (told,) = business.heard()
    media = told["media"]
    assert (media["type"], media["name"], media["size"]) == (action.mime, action.name, len(action.data))
    assert told.get("text", "") == action.caption
    reply = business.download(media["url"])
    assert (reply.status, reply.body, reply.content_type) == (200, action.data, action.mime)
    assert item is not None
    assert (item.kind, item.media is None) == (action.kind, False)
    business.advance(limits.MEDIA_LIFE_MS - 1)
    assert business.download(media["url"]).status == 200
    business.advance(1)
    assert business.download(media["url"]).status == 404


def test_kept_files_are_bounded(business: Business) -> None:
    """The oldest goes when there are too many, and all go when their time is over."""
    customer = business.enrol()
    for _ in range(limits.MEDIA_KEPT + 3):
        business.act(customer, _media("document", PDF, "application/pdf"))
    assert len(business.account.media) == limits.MEDIA_KEPT
    business.advance(limits.MEDIA_LIFE_MS)
    business.act(customer, _media("document", PDF, "application/pdf"))
    assert len(business.account.media) == 1


def test_tracking_data_comes_back_with_every_answer(business: Business) -> None:
    """The newest, empty or not; one-way messages have none and leave it."""
    customer = business.enrol()
    business.act(customer, SendText(text="before any"))
    for number, message in (
        (206, {"#txt": "x", "#tracking_data": "one"}),
        (109, {"#txt": "x"}),
        (206, {"#txt": "x", "#tracking_data": ""}),
    ):
        business.send(customer, number, message)
        business.act(customer, SendText(text="answer"))
    answers = [one.get("tracking_data") for one in business.heard() if one["event"] == "message"]
    assert answers == [None, "one", "one", ""]


def test_a_choice_from_a_list_is_a_text(business: Business) -> None:
    """With the list's tracking data; a link's tap tells nothing."""
    customer = business.enrol()
    survey = {"options": ["Great", "Okay"]}
    token = business.send(customer, 801, {"#txt": "How?", "#tracking_data": "s7"}, survey=survey)
    linked = {"#txt": "x", "#caption": "Open", "#action": "https://a.example"}
    link = business.send(customer, 109, linked)
    business.heard()
    business.act(customer, Tap(item=link, button="Open"))
    business.act(customer, Tap(item=token, button="Great"))
    (told,) = business.heard()
    assert (told["text"], told["tracking_data"]) == ("Great", "s7")
    assert customer.screen[-1].text == "Great"


def test_a_one_way_business_takes_no_replies(business: Business) -> None:
    """However it is tried."""
    business.component.change_settings({"kind": "one-way"})
    customer = business.enrol()
    token = business.send(customer, 801, {"#txt": "?", "#tracking_data": ""}, survey={"options": ["a", "b"]})
    for action in (SendText(text="x"), _media("image", PNG, "image/png"), Tap(item=token, button="a")):
        with pytest.raises(Impossible, match="no replies"):
            business.act(customer, action)


def test_a_two_way_business_writes_first(business: Business) -> None:
    """Something that can be replied to."""
    business.component.change_settings({"kind": "two-way"})
    customer = business.enrol()
    business.send(customer, 109, {"#txt": "x"})
    with pytest.raises(Impossible, match="nothing that can be replied to"):
        business.act(customer, SendText(text="x"))
    business.text(customer)
    business.act(customer, SendText(text="x"))


def test_a_block_and_its_end_are_told_once_each(business: Business) -> None:
    """Opting out is blocking; meanwhile the person is silent too."""
    customer = business.enrol()
    for action in (Unblock(), Block(), OptOut()):
        business.act(customer, action)
    for silent in (SendText(text="x"), _media("image", PNG, "image/png")):
        with pytest.raises(Impossible, match="blocked"):
            business.act(customer, silent)
    business.act(customer, Unblock())
    assert [one["event"] for one in business.heard()] == ["blocked", "unblocked"]
    business.act(customer, SendText(text="x"))


@pytest.mark.parametrize(
    "action",
    [
        SendText(text=" "),
        SendText(text="x" * 1_001),
        _media("voice", b"OggS" + bytes(50), "audio/ogg"),
        _media("audio", b"ID3" + bytes(50), "audio/mpeg"),
        _media("sticker", PNG, "image/png"),
        _media("image", b"", "image/png"),
        _media("image", PDF, "image/png"),
        SendLocation(latitude=1, longitude=2),
        SendContact(name="Bo", phone="1"),
        SendUnsupported(),
        OptIn(),
        React(item="x", emoji="👍"),
        Edit(item="x", text="y"),
        Delete(item="x"),
        TapMenu(entry="x"),
        ReplyToStory(text="x"),
        MentionInStory(),
        Tap(item="nothing", button="x"),
        SendText(text="x", reply_to="nothing"),
    ],
    ids=lambda action: f"{type(action).__name__}",
)
def test_what_the_app_does_not_offer_is_impossible(business: Business, action: Action) -> None:
    """With a sentence; the business hears nothing."""
    customer = business.enrol()
    with pytest.raises(Impossible, match=r"\w+ \w+"):
        business.act(customer, action)
    assert (business.heard(), customer.screen) == ([], [])


def test_what_the_business_never_hears(business: Business) -> None:
    """Typing, names, the network; and without one nothing can be done."""
    customer = business.enrol("Ada")
    for action in (Type(), Rename(name="Grace"), GoOffline()):
        business.act(customer, action)
    with pytest.raises(Impossible, match="offline"):
        business.act(customer, SendText(text="x"))
    business.act(customer, ComeBack())
    assert business.heard() == []


def test_a_customer_is_cheap(business: Business) -> None:
    """A world holds ten thousand of them on ten channels."""
    business.enrol()
    before = len(business.component.dump())
    for _ in range(100):
        business.enrol()
    assert (len(business.component.dump()) - before) / 100 < 1_000
    assert msgspec.msgpack.decode(business.component.dump(), type=type(business.account)) == business.account
