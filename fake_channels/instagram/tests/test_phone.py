"""The person with Instagram: stories, hearts, shares, and what the app lacks."""

from __future__ import annotations

from typing import Any

import pytest

from fake_channels.core import handset as acts
from fake_channels.core.handset import Impossible
from fake_channels.core.instants import DAY
from fake_channels.instagram.tests.calls import Shop
from fake_channels.meta.tests.calls import PDF, PNG


def test_an_answer_to_a_story_names_it(shop: Shop) -> None:
    """With a picture that is there for a day."""
    customer = shop.enrol()
    item = shop.act(customer, acts.ReplyToStory(text="Where can I buy it?", story="17890000000000001"))
    assert item is not None
    (message,) = shop.heard("message")
    story = message["reply_to"]["story"]
    assert (message["mid"], message["text"], story["id"]) == (item.id, "Where can I buy it?", "17890000000000001")
    assert shop.download(story["url"]).status == 200
    shop.advance(DAY)
    assert shop.download(story["url"]).status == 403
    shop.act(customer, acts.ReplyToStory(text="And this?"))
    assert shop.heard("message")[0]["reply_to"]["story"]["id"].isdecimal()
    with pytest.raises(Impossible, match="empty"):
        shop.act(customer, acts.ReplyToStory(text=" "))


def test_a_mention_in_a_story_is_a_message(shop: Shop) -> None:
    """It opens the window; its picture is there for a day."""
    customer = shop.enrol()
    shop.act(customer, acts.MentionInStory())
    (message,) = shop.heard("message")
    (attachment,) = message["attachments"]
    assert attachment["type"] == "story_mention"
    assert shop.download(attachment["payload"]["url"]).status == 200
    shop.text(customer)
    shop.advance(DAY)
    assert shop.download(attachment["payload"]["url"]).status == 403


def test_stickers_and_gifs_tell_nobody(shop: Shop) -> None:
    """The person sees them, and the window is open."""
    customer = shop.enrol()
    shop.act(customer, acts.SendMedia(kind="sticker", data=PNG, mime="image/webp", name="a"))
    shop.act(customer, acts.SendUnsupported(type="gif"))
    assert [item.kind for item in customer.screen] == ["sticker", "gif"]
    assert shop.events() == []
    shop.text(customer)


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("like_heart", {"attachments": [{"type": "like_heart"}]}),
        ("ephemeral", {"attachments": [{"type": "ephemeral"}]}),
        ("poll", {"is_unsupported": True}),
    ],
)
def test_what_has_no_file_is_told_without_one(shop: Shop, kind: str, told: Any) -> None:
    """A heart, a picture that is seen once, and what the API cannot carry."""
    item = shop.act(shop.enrol(), acts.SendUnsupported(type=kind))
    assert item is not None
    assert shop.heard("message") == [{"mid": item.id, **told}]


@pytest.mark.parametrize("kind", ["share", "ig_reel", "reel"])
def test_a_share_is_a_link(shop: Shop, kind: str) -> None:
    """To the picture of what was shared."""
    shop.act(shop.enrol(), acts.SendUnsupported(type=kind))
    (message,) = shop.heard("message")
    (attachment,) = message["attachments"]
    assert attachment["type"] == kind
    assert shop.download(attachment["payload"]["url"]).content_type == "image/png"


def test_an_unsend_is_told(shop: Shop) -> None:
    """By the message's id."""
    customer = shop.enrol()
    item = shop.act(customer, acts.SendText(text="oops"))
    assert item is not None
    shop.told()
    shop.act(customer, acts.Delete(item=item.id))
    assert shop.heard("message") == [{"mid": item.id, "is_deleted": True}]
    assert customer.screen == []


def test_a_link_s_reference_comes_with_the_first_message(shop: Shop) -> None:
    """Or at once, into a conversation that has begun."""
    customer = shop.enrol()
    referral = {"ref": "summer", "source": "SHORTLINK", "type": "OPEN_THREAD"}
    shop.act(customer, acts.OptIn(payload="summer"))
    assert shop.events() == []
    shop.act(customer, acts.SendText(text="hello"))
    shop.act(customer, acts.SendText(text="there"))
    first, second = shop.heard("message")
    assert first["referral"] == referral
    assert "referral" not in second
    shop.act(customer, acts.OptIn(payload="summer"))
    assert shop.heard("referral") == [referral]


@pytest.mark.parametrize(
    ("action", "why"),
    [
        (acts.SendText(text="é" * 501), "1000 bytes"),
        (acts.SendMedia(kind="document", data=PDF, mime="application/pdf", name="a"), "no documents"),
        (acts.SendMedia(kind="audio", data=b"ID3", mime="audio/mpeg", name="a"), "no audio files"),
        (acts.SendLocation(latitude=1, longitude=2), "no places"),
        (acts.SendContact(name="Ada", phone="1555"), "no contact cards"),
        (acts.OptOut(), "no opt-out but blocking"),
        (acts.OptIn(), "no opt-in"),
    ],
)
def test_what_instagram_lacks_is_impossible(shop: Shop, action: Any, why: str) -> None:
    """With a sentence."""
    with pytest.raises(Impossible, match=why):
        shop.act(shop.enrol(), action)
