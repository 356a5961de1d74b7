"""What one end of a channel's wire writes, the other end reads as it was: each adapter joined to its emulated channel.

Neither end shares code with the other but the wire, so what is read back is what the vendor's wire carried.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fake_channels.core.handset import Handset, SendLocation, SendText
from fake_channels.core.http import HttpReply
from fake_channels.registry import CHANNELS
from fake_channels.tests.rows import rows_of
from fake_channels.tests.scene import Scene
from fake_sinch.adapters.contract import Accepted, Account, Granted, VendorCall
from fake_sinch.adapters.registry import REGISTRY
from fake_sinch.arrivals import InboundMessage
from fake_sinch.effects import Answer
from fake_sinch.parts import LocationPart, Part, TextPart
from fake_sinch.tests.scene import Headers, Request
from harness.lab.pairing import PAIRS, credential_of

TEXTS = st.text(st.characters(codec="utf-8", categories=["L", "M", "N", "P", "S", "Zs"]), min_size=1, max_size=60)
DEGREES = st.integers(-8_999_999, 8_999_999).map(lambda number: number / 100_000)
PLACES = {
    direction: [
        name
        for name, channel in CHANNELS.items()
        if any(
            (row.kind, row.direction, row.support) == ("location", direction, "native") for row in channel.tables.kinds
        )
    ]
    for direction in ("MT", "MO")
}
ID = "01KAXZ0000000000000000MT01"


class Joined:
    """A channel, somebody whom the business may write to, and the adapter on the other end of the wire."""

    def __init__(self, name: str) -> None:
        self.registration = REGISTRY[PAIRS[name].sinch]
        channel = CHANNELS[name]
        self.scene = Scene(channel)
        self.customer: Handset = self.scene.enrol()
        hello = getattr(rows_of(channel), "hello", None)
        if hello is not None:
            self.scene.act(self.customer, hello)
        self.credential = credential_of(name, channel.credentials(self.scene.account))
        self.account = Account(self.credential, "http://vendor.example", access_token=self._grant())
        self.scene.calls.clear()

    def ask(self, call: VendorCall) -> Answer:
        """Perform a call of the adapter's."""
        parts = urlsplit(call.url)
        headers = Headers(dict(call.headers))
        reply = self.scene.ask(call.method, unquote(parts.path), body=call.body, headers=headers, query=parts.query)
        assert isinstance(reply, HttpReply)
        return Answer(reply.status, dict(reply.headers), reply.body)

    def _grant(self) -> str:
        vendor = self.registration.grants
        if vendor is None:
            return ""
        granted = vendor.read_grant(self.ask(vendor.grant(Account(self.credential, "http://vendor.example"))))
        assert isinstance(granted, Granted)
        return granted.token

    def send(self, part: Part) -> Any:
        """What the customer's screen shows of a part."""
        adapter = self.registration.adapter
        call = adapter.render(part, self.customer.identity, self.account, {}, ID)
        verdict = adapter.read_answer(self.ask(call))
        assert isinstance(verdict, Accepted), verdict
        return self.customer.screen[-1]

    def say(self, action: Any) -> InboundMessage:
        """What the adapter reads of an action of the customer's."""
        self.scene.act(self.customer, action)
        adapter, found = self.registration.adapter, []
        for call in self.scene.calls:
            parts = urlsplit(call.url)
            query = dict(pair.split("=", 1) for pair in parts.query.split("&") if "=" in pair)
            headers = Headers(dict(call.headers))
            request = Request("POST", parts.path, query=query, headers=headers, body=call.body)
            assert adapter.authenticate(request, self.credential)
            found += adapter.parse_callback(call.body, self.credential)
        (message,) = [one for one in found if isinstance(one, InboundMessage)]
        return message


@pytest.mark.parametrize("name", CHANNELS)
@settings(max_examples=10, deadline=None)
@given(text=TEXTS)
def test_a_text_is_read_as_it_was_written_on_either_end(name: str, text: str) -> None:
    """From the business to the screen, and from the phone to the gateway."""
    words = f"<{text}> &"
    joined = Joined(name)
    assert joined.send(TextPart(words)).text == words
    assert joined.say(SendText(text=words)).content == {"text_message": {"text": words}}


@pytest.mark.parametrize("name", PLACES["MT"])
@settings(max_examples=10, deadline=None)
@given(latitude=DEGREES, longitude=DEGREES)
def test_a_place_of_the_business_is_shown_where_it_is(name: str, latitude: float, longitude: float) -> None:
    """On every channel that carries places."""
    shown = Joined(name).send(LocationPart("Here", "There", f"{latitude:.5f}", f"{longitude:.5f}"))
    assert (shown.location.latitude, shown.location.longitude) == pytest.approx((latitude, longitude), abs=1e-6)


@pytest.mark.parametrize("name", PLACES["MO"])
@settings(max_examples=10, deadline=None)
@given(latitude=DEGREES, longitude=DEGREES)
def test_a_place_of_the_customer_is_told_where_it_is(name: str, latitude: float, longitude: float) -> None:
    """On every channel whose app sends places."""
    told = Joined(name).say(SendLocation(latitude=latitude, longitude=longitude)).content["location_message"]
    found = (told["coordinates"]["latitude"], told["coordinates"]["longitude"])
    assert found == pytest.approx((latitude, longitude), abs=1e-6)
