"""The handset: a bounded screen, and what is on it."""

from __future__ import annotations

import pytest

from fake_channels.core.handset import Button, Handset, Impossible, Item, Person, find_button, item_document

PERSON = Person(id="1", name="Ada", username="ada", locale="en_US", msisdn="15550100100")


def item(name: str, **rest: object) -> Item:
    """An item with this id."""
    return Item(id=name, at=0, author="business", kind="text", **rest)  # type: ignore[arg-type]


def test_the_screen_is_bounded_and_files_go_with_their_messages() -> None:
    """The oldest makes room; its bytes are not kept."""
    handset = Handset(identity="1", person=PERSON, name="Ada", cap=2)
    view = handset.keep("m", b"x", "image/png", "x.png", "digest")
    handset.show(item("a", media=view))
    handset.show(item("b"))
    assert handset.media == {"m": b"x"}
    handset.show(item("c"))
    assert ([one.id for one in handset.screen], handset.media, handset.version) == (["b", "c"], {}, 3)


def test_an_item_is_found_by_its_id_the_latest_first() -> None:
    """What was never shown is impossible to find."""
    handset = Handset(identity="1", person=PERSON, name="Ada")
    handset.show(item("a", text="old"))
    handset.show(item("a", text="new"))
    assert handset.find("a").text == "new"
    assert (handset.shown("a"), handset.shown("b")) == (handset.screen[1], None)
    with pytest.raises(Impossible, match="'b'"):
        handset.find("b")


def test_reading_takes_what_was_delivered_and_takes_it_once() -> None:
    """What the person wrote, and what is still under way, is not among it."""
    handset = Handset(identity="1", person=PERSON, name="Ada")
    for name, state in (("a", "delivered"), ("b", "sending"), ("c", "delivered")):
        handset.show(item(name, state=state))
    handset.show(Item(id="d", at=0, author="customer", kind="text", state="delivered"))
    assert [one.id for one in handset.read_all()] == ["a", "c"]
    assert [one.state for one in handset.screen] == ["read", "sending", "read", "delivered"]
    assert handset.read_all() == []


def test_what_waited_is_told_once_in_its_order() -> None:
    """When the phone finds the network again."""
    handset = Handset(identity="1", person=PERSON, name="Ada", online=False, waiting=[item("a"), item("b")])
    assert [one.id for one in handset.reconnect()] == ["a", "b"]
    assert (handset.online, handset.reconnect()) == (True, [])


def test_a_button_is_found_by_id_or_title() -> None:
    """The sentence says what is shown instead."""
    shown = item("a", buttons=(Button("1", "Yes"), Button("2", "No")))
    assert (find_button(shown, "2").title, find_button(shown, "Yes").id) == ("No", "1")
    with pytest.raises(Impossible, match="no buttons"):
        find_button(item("b"), "x")


def test_the_control_api_sees_no_channel_internals() -> None:
    """What a channel remembers of a message stays with it."""
    document = item_document(item("a", vendor={"secret": "x"}), 7)
    assert (document["n"], document["id"], "vendor" in document) == (7, "a", False)
