"""Steps about the customer: who they are, what they do, what their phone shows."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from pytest_bdd import given, parsers, then, when

from features.scene import Scene, column
from harness.evidence import sends
from harness.outcomes import expect
from harness.samples import sample

if TYPE_CHECKING:
    from harness.world import Item

CLOSE_ENOUGH_DEGREES = 1e-4
"""The gateway passes coordinates through single precision."""
GREETING = "Hello"


@given(parsers.parse("a customer on {channel}"))
def a_customer(scene: Scene, channel: str) -> None:
    """Bring a person with a display name."""
    scene.people.append(scene.stage.customer(channel))


@given(parsers.parse("a nameless customer on {channel}"))
def a_nameless_customer(scene: Scene, channel: str) -> None:
    """Bring a person without a display name."""
    scene.people.append(scene.stage.customer(channel, named=False))


@given(parsers.parse("a chat with a customer on {channel}"))
def a_chat(scene: Scene, channel: str) -> None:
    """Bring a person who has written, and an agent who has accepted the chat."""
    a_customer(scene, channel)
    scene.stage.act(scene.person, "send_text", text=GREETING)
    scene.stage.chat(scene.person)


@given(parsers.parse("the customer has sent the {kind}"))
def has_sent_file(scene: Scene, kind: str) -> None:
    """Let the person have sent a file, stored by now."""
    _send_file(scene, kind)


@given("the customer has blocked the business")
def has_blocked(scene: Scene) -> None:
    """Let the person have blocked the business."""
    scene.stage.act(scene.person, "block")


@given("the customer has no connection")
def has_no_connection(scene: Scene) -> None:
    """Take the phone off the network."""
    scene.stage.act(scene.person, "go_offline")


@when(parsers.parse('the customer writes "{text}"'))
def writes(scene: Scene, text: str) -> None:
    """Let the person send a text."""
    scene.take_stock()
    scene.stage.act(scene.person, "send_text", text=text)


@when("the customer writes:")
def writes_block(scene: Scene, docstring: str) -> None:
    """Let the person send a text that does not fit in quotes."""
    writes(scene, docstring)


@when("the customer writes in a row:")
def writes_in_a_row(scene: Scene, datatable: list[list[str]]) -> None:
    """Let the person send several texts before the first has been delivered."""
    scene.take_stock()
    for text in column(datatable):
        scene.stage.do(scene.person, "send_text", text=text)
    scene.stage.rest()


@when(parsers.parse("the customer sends the {kind}"))
def sends_file(scene: Scene, kind: str) -> None:
    """Let the person send a file."""
    scene.take_stock()
    _send_file(scene, kind)


def _send_file(scene: Scene, kind: str) -> None:
    scene.file = sample(kind, scene.stage.made_up("file", scene.stage.serial()))
    media = {
        "name": scene.file.name,
        "mime": scene.file.mime,
        "data_base64": base64.b64encode(scene.file.content).decode(),
    }
    scene.stage.act(scene.person, scene.file.action, media=media)


@when(parsers.parse("the customer shares the position {latitude:f} {longitude:f}"))
def shares_position(scene: Scene, latitude: float, longitude: float) -> None:
    """Let the person send a location."""
    scene.take_stock()
    scene.stage.act(scene.person, "send_location", latitude=latitude, longitude=longitude)


@when("the customer sends something unsupported")
def sends_unsupported(scene: Scene) -> None:
    """Let the person send what the channel cannot hand on."""
    scene.take_stock()
    scene.stage.act(scene.person, "send_unsupported")


@when("the customer reads what has arrived")
def reads_arrived(scene: Scene) -> None:
    """Let the person open the chat."""
    scene.take_stock()
    scene.stage.act(scene.person, "read")


@when("the customer is connected again")
def is_connected_again(scene: Scene) -> None:
    """Bring the phone back to the network."""
    scene.take_stock()
    scene.stage.act(scene.person, "come_back")


@when(parsers.parse('the customer taps "{title}"'))
def taps(scene: Scene, title: str) -> None:
    """Let the person tap a button of the newest message that has it."""
    scene.take_stock()
    items = [
        item for item in scene.business_items(scene.person) if any(button.title == title for button in item.buttons)
    ]
    expect(items, f"no message on the phone has a button {title!r}")
    scene.stage.act(scene.person, "tap", item=items[-1].id, button=title)


@then(parsers.parse('the customer reads "{text}"'))
def customer_reads(scene: Scene, text: str) -> None:
    """Expect exactly one new message with this text."""
    scene.arrived(repr(text), lambda item: item.kind == "text" and item.text == text)


@then(parsers.parse('the customer has read "{text}" once'))
def customer_has_read(scene: Scene, text: str) -> None:
    """Expect exactly one message with this text on the phone, however long ago it arrived."""
    shown = [item for item in scene.business_items(scene.person) if item.text == text]
    expect(len(shown) == 1, f"the phone should show {text!r} once and shows it {len(shown)} times")
    scene.account_for(shown[0])


@then("the customer reads:")
def customer_reads_block(scene: Scene, docstring: str) -> None:
    """Expect exactly one new message with a text that does not fit in quotes."""
    customer_reads(scene, docstring)


@then("the customer reads in this order:")
def customer_reads_in_order(scene: Scene, datatable: list[list[str]]) -> None:
    """Expect these new messages, each once, in this order."""
    wanted = column(datatable)
    shown = [item.text for item in scene.new_items() if item.text in wanted]
    expect(shown == wanted, f"the phone should show {wanted} and shows {shown}")
    for text in wanted:
        customer_reads(scene, text)


@then(parsers.parse("the customer has the {kind}, byte for byte"))
def customer_has_file(scene: Scene, kind: str) -> None:
    """Expect exactly one new file with the bytes that the agent sent."""
    wanted = scene.file
    expect(wanted is not None, f"no {kind} was sent")
    item = scene.arrived(f"the {kind}", lambda item: item.media is not None)
    if item.media is not None and wanted is not None:
        found = scene.stage.phone_file(scene.person, item.media.id)
        expect(
            found == wanted.content,
            f"the phone has {len(found)} bytes that differ from the {len(wanted.content)} bytes sent",
        )


@then(parsers.parse("the customer sees the position {latitude:f} {longitude:f}"))
def customer_sees_position(scene: Scene, latitude: float, longitude: float) -> None:
    """Expect exactly one new location, there."""
    scene.arrived(f"the position {latitude} {longitude}", lambda item: _is_at(item, latitude, longitude))


def _is_at(item: Item, latitude: float, longitude: float) -> bool:
    place = item.location
    return (
        place is not None
        and abs(place.latitude - latitude) < CLOSE_ENOUGH_DEGREES
        and abs(place.longitude - longitude) < CLOSE_ENOUGH_DEGREES
    )


@then("the customer can choose between:")
def customer_can_choose(scene: Scene, datatable: list[list[str]]) -> None:
    """Expect exactly one new message with these buttons."""
    wanted = column(datatable)
    scene.arrived(f"the choices {wanted}", lambda item: [button.title for button in item.buttons] == wanted)


@then(parsers.parse('the customer receives the template "{text}"'))
def customer_receives_template(scene: Scene, text: str) -> None:
    """Expect exactly one new message made from a template, with this text."""
    scene.arrived(f"the template {text!r}", lambda item: item.kind == "template" and item.text == text)


@then("nothing else is sent")
def nothing_else(scene: Scene) -> None:
    """Expect that everything sent since the event has been named by a step."""
    scene.expect_nothing_else()


@then("the Conversation API was not called")
def gateway_not_called(scene: Scene) -> None:
    """Expect that the subject did not even try to send what it refused."""
    tried = sends(scene.stage.look_at_trace())
    expect(not tried, f"the subject made {len(tried)} send calls")
