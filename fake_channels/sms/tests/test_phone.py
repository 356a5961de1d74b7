"""The person with an ordinary phone: what it can do, what the business hears of it, and what it cannot."""

from __future__ import annotations

import pytest

from fake_channels.core import handset as acts
from fake_channels.core.handset import Impossible
from fake_channels.sms import wire
from fake_channels.sms.tests.calls import Business

TEXTS = [
    "Hello",
    "Grüße, 👨‍👩‍👧 and \u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627",
    '<b>&amp;</b> "quoted" \' \\ /',
    "https://shop.example/?a=1&b=%20",
    "line\nbreak\ttab",
    "ü" * 2_000,
]


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_reaches_the_business_as_it_was_typed(text: str) -> None:
    """One `mo_text` with exactly these characters, however many parts it took."""
    business = Business()
    customer = business.enrol()
    item = business.act(customer, acts.SendText(text=text))
    assert item is not None
    (told,) = business.told()
    assert told == {
        "type": "mo_text",
        "id": item.id,
        "from": customer.identity,
        "to": business.account.number,
        "body": text,
        "received_at": "2023-11-14T22:13:20.000Z",
    }
    assert wire.WEBHOOK.accepts(told)
    assert [(shown.author, shown.text) for shown in customer.screen] == [("customer", text)]


@pytest.mark.parametrize(("sender", "answered"), [("12345", "12345"), ("Acme", None), ("+15550100199", "15550100199")])
def test_an_answer_goes_to_the_number_that_wrote(sender: str, answered: str | None) -> None:
    """To the latest sender; a name cannot be answered, so the account's own number is used."""
    business = Business()
    customer = business.enrol()
    business.send(customer, delivery_report="none", **{"from": sender})
    business.act(customer, acts.SendText(text="Hi"))
    assert business.told()[0]["to"] == (answered or business.account.number)


def test_opting_out_and_in_are_ordinary_messages() -> None:
    """STOP and START go out as text, whoever types them; later texts of the business still arrive."""
    business = Business()
    customer = business.enrol()
    agreed = []
    for action in (acts.OptOut(), acts.SendText(text=" start "), acts.SendText(text="stop"), acts.OptIn()):
        business.act(customer, action)
        agreed.append(customer.opted_in)
    assert agreed == [False, True, False, True]
    assert [told["body"] for told in business.told()] == ["STOP", " start ", "stop", "START"]


IMPOSSIBLE = [
    acts.SendMedia(kind="image", data=b"x", mime="image/png", name="x.png"),
    acts.SendMedia(kind="voice", data=b"x", mime="audio/ogg", name="x.ogg"),
    acts.SendLocation(latitude=1, longitude=2),
    acts.SendContact(name="A", phone="1"),
    acts.SendUnsupported(),
    acts.Tap(item="x", button="y"),
    acts.Read(),
    acts.Type(),
    acts.Rename(name="A"),
    acts.React(item="x", emoji="y"),
    acts.SendText(text="x", reply_to="y"),
    acts.SendText(text=" \n"),
    acts.SendText(text="x" * 2_001),
]


@pytest.mark.parametrize("action", IMPOSSIBLE, ids=repr)
def test_what_sms_lacks_is_impossible_with_a_sentence(action: acts.Action) -> None:
    """Nothing is shown, nothing is told, and the person learns why."""
    business = Business()
    customer = business.enrol()
    with pytest.raises(Impossible, match=r"\w+ \w+ \w+"):
        business.act(customer, action)
    assert (customer.screen, business.told()) == ([], [])


def test_an_offline_phone_sends_nothing_until_it_is_back() -> None:
    """Only coming back works offline."""
    business = Business()
    customer = business.enrol()
    business.act(customer, acts.GoOffline())
    with pytest.raises(Impossible, match="offline"):
        business.act(customer, acts.SendText(text="Hi"))
    business.act(customer, acts.ComeBack())
    business.act(customer, acts.SendText(text="Hi"))
    assert len(business.told()) == 1


def test_whoever_blocks_must_unblock_to_write() -> None:
    """A block works both ways until it is taken back."""
    business = Business()
    customer = business.enrol()
    business.act(customer, acts.Block())
    with pytest.raises(Impossible, match="unblock"):
        business.act(customer, acts.SendText(text="Hi"))
    business.act(customer, acts.Unblock())
    business.send(customer)
    assert [status for status, _ in business.reports()] == ["Dispatched", "Delivered"]


def test_a_phone_shows_no_name() -> None:
    """The identity is the number; there is no profile."""
    customer = Business().enrol("Ada Example")
    assert (customer.name, customer.identity) == (None, customer.person.msisdn)


def test_a_flash_message_is_marked_on_the_screen() -> None:
    """The screen knows how it came."""
    business = Business()
    customer = business.enrol()
    business.send(customer, flash_message=True)
    assert customer.screen[0].vendor["flash"] == "true"
