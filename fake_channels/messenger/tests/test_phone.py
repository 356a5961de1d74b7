"""The person with Messenger: what only this app offers, and what it lacks."""

from __future__ import annotations

from typing import Any

import pytest

from fake_channels.core import handset as acts
from fake_channels.core.handset import Impossible
from fake_channels.messenger.tests.calls import Page
from fake_channels.meta.tests.calls import PDF, PNG


def test_documents_and_audio_files_come_as_files(page: Page) -> None:
    """Any document; audio as audio."""
    customer = page.enrol()
    page.act(customer, acts.SendMedia(kind="document", data=PDF, mime="application/pdf", name="a.pdf"))
    page.act(customer, acts.SendMedia(kind="audio", data=b"ID3" + bytes(60), mime="audio/mpeg", name="a.mp3"))
    attachments = [message["attachments"][0] for message in page.heard("message")]
    assert [one["type"] for one in attachments] == ["file", "audio"]
    assert page.download(attachments[0]["payload"]["url"]).body == PDF
    assert attachments[0]["payload"]["url"].partition("?")[0].endswith(".pdf")


def test_a_sticker_has_its_number(page: Page) -> None:
    """And is no image any more."""
    page.act(page.enrol(), acts.SendMedia(kind="sticker", data=PNG, mime="image/png", name="a.png"))
    (message,) = page.heard("message")
    (attachment,) = message["attachments"]
    assert (attachment["type"], attachment["payload"]["sticker_id"]) == ("sticker", 369239263222822)


def test_a_place_comes_as_a_link(page: Page) -> None:
    """On the phone it is a place."""
    customer = page.enrol()
    page.act(customer, acts.SendLocation(latitude=59.5, longitude=18.25, name="Hotel"))
    (message,) = page.heard("message")
    assert "59.5,18.25" in message["text"]
    assert message["attachments"][0]["type"] == "fallback"
    assert customer.screen[0].location is not None


@pytest.mark.parametrize("kind", ["reel", "ig_reel", "post", "ig_post"])
def test_shares_come_with_their_link(page: Page, kind: str) -> None:
    """Of either network."""
    page.act(page.enrol(), acts.SendUnsupported(type=kind))
    (message,) = page.heard("message")
    (attachment,) = message["attachments"]
    assert attachment["type"] == kind
    assert attachment["payload"]["url"].startswith("https://www.facebook.com/")


def test_anything_else_is_a_fallback_without_payload(page: Page) -> None:
    """The Page learns that there was something."""
    page.act(page.enrol(), acts.SendUnsupported())
    (message,) = page.heard("message")
    assert message["attachments"] == [{"type": "fallback", "payload": None}]


def test_an_unsend_tells_nobody(page: Page) -> None:
    """The message is gone on the phone alone."""
    customer = page.enrol()
    item = page.act(customer, acts.SendText(text="oops"))
    assert item is not None
    page.told()
    page.act(customer, acts.Delete(item=item.id))
    assert customer.screen == []
    assert page.events() == []


@pytest.mark.parametrize(
    ("action", "why"),
    [
        (acts.SendContact(name="Ada", phone="1555"), "no contact cards"),
        (acts.OptOut(), "no opt-out but blocking"),
        (acts.ReplyToStory(text="x"), "Instagram"),
        (acts.MentionInStory(), "Instagram"),
    ],
)
def test_what_messenger_lacks_is_impossible(page: Page, action: Any, why: str) -> None:
    """With a sentence."""
    with pytest.raises(Impossible, match=why):
        page.act(page.enrol(), action)
