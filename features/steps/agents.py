"""Steps about the agent: what they send, read and are told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_bdd import given, parsers, then, when

from features.scene import Scene, column
from features.steps.customers import CLOSE_ENOUGH_DEGREES
from harness.drivers.contract import (
    Direction,
    FileMessage,
    LocationMessage,
    Position,
    QuickRepliesMessage,
    Refused,
    TemplateMessage,
    TemplateSetup,
    TextMessage,
)
from harness.outcomes import LabDefect, expect
from harness.samples import sample

if TYPE_CHECKING:
    from harness.drivers.contract import Entry

PLACEHOLDER_KINDS = {"unsupported", "system"}


@given(parsers.parse('the agent has written "{text}"'))
def has_written(scene: Scene, text: str) -> None:
    """Let the agent have sent a text."""
    scene.say(TextMessage(text))
    scene.accepted()


@given(parsers.parse("the agent has sent the {kind}"))
def has_sent(scene: Scene, kind: str) -> None:
    """Let the agent have sent a file."""
    _send_file(scene, kind)
    scene.accepted()


@given(parsers.parse('the agent has asked "{text}" with the choices:'))
def has_asked(scene: Scene, text: str, datatable: list[list[str]]) -> None:
    """Let the agent have sent quick replies."""
    scene.say(QuickRepliesMessage(text, tuple(column(datatable))))
    scene.accepted()


@when(parsers.parse('the agent writes "{text}"'))
def agent_writes(scene: Scene, text: str) -> None:
    """Let the agent send a text."""
    scene.take_stock()
    scene.say(TextMessage(text))


@when("the agent writes:")
def agent_writes_block(scene: Scene, docstring: str) -> None:
    """Let the agent send a text that does not fit in quotes."""
    agent_writes(scene, docstring)


@when("the agent writes in a row:")
def agent_writes_in_a_row(scene: Scene, datatable: list[list[str]]) -> None:
    """Let the agent send several texts."""
    scene.take_stock()
    for text in column(datatable):
        scene.say(TextMessage(text))
        scene.accepted()


def _send_file(scene: Scene, kind: str) -> None:
    scene.file = sample(kind, scene.stage.made_up("file", scene.stage.serial()))
    scene.say(FileMessage(scene.file.name, scene.file.mime, scene.file.content))


@when(parsers.parse("the agent sends the {kind}"))
def agent_sends_file(scene: Scene, kind: str) -> None:
    """Let the agent send a file."""
    scene.take_stock()
    _send_file(scene, kind)


@given(parsers.parse('agents know the template "{name}" in {language}: "{text}"'))
def know_template(scene: Scene, name: str, language: str, text: str) -> None:
    """Make one of the lab's approved templates known to agents."""
    if scene.stage.world is not None:
        raise LabDefect("a step adds a template after the world was opened: move it to the front")
    scene.stage.templates = (*scene.stage.templates, TemplateSetup(name, language, text))


@when(parsers.parse('the agent uses the template "{name}" in {language} with:'))
def agent_uses_template(scene: Scene, name: str, language: str, datatable: list[list[str]]) -> None:
    """Let the agent send a channel template with these body parameters."""
    scene.take_stock()
    parameters = {f"body[{number}]text": value for number, value in enumerate(column(datatable), 1)}
    scene.say(TemplateMessage(name, language, parameters))


@when(parsers.parse('the agent asks "{text}" with the choices:'))
def agent_asks(scene: Scene, text: str, datatable: list[list[str]]) -> None:
    """Let the agent send quick replies."""
    scene.take_stock()
    scene.say(QuickRepliesMessage(text, tuple(column(datatable))))


@when(parsers.parse("the agent shares the position {latitude:f} {longitude:f}"))
def agent_shares_position(scene: Scene, latitude: float, longitude: float) -> None:
    """Let the agent send a location."""
    scene.take_stock()
    scene.say(LocationMessage(Position(latitude, longitude, "Our shop")))


@given("the agent has ended the chat")
def has_ended(scene: Scene) -> None:
    """Let the agent have ended the chat."""
    scene.stage.end_chat(scene.person)


@then(parsers.parse('the agent reads "{text}"'))
def agent_reads(scene: Scene, text: str) -> None:
    """Expect exactly one entry from the customer with this text."""
    scene.read_once(repr(text), lambda entry: entry.text == text)


@then("the agent reads:")
def agent_reads_block(scene: Scene, docstring: str) -> None:
    """Expect exactly one entry from the customer with a text that does not fit in quotes."""
    agent_reads(scene, docstring)


@then("the agent reads in this order:")
def agent_reads_in_order(scene: Scene, datatable: list[list[str]]) -> None:
    """Expect that the customer's texts are these, each once, in this order, and no others."""
    wanted = column(datatable)
    read = [entry.text for entry in scene.from_customer()]
    expect(read == wanted, f"the agent should read {wanted} and reads {read}")


@then("the agent sees the customer's name")
def agent_sees_name(scene: Scene) -> None:
    """Expect the display name as the name of the chat."""
    shown, wanted = scene.stage.chat(scene.person).customer_name, scene.person.name
    expect(shown == wanted, f"the chat shows the name {shown!r} instead of {wanted!r}")


@then("the agent sees the customer's identity as the name")
def agent_sees_identity(scene: Scene) -> None:
    """Expect the channel identity where there is no display name."""
    shown, wanted = scene.stage.chat(scene.person).customer_name, scene.person.identity
    expect(
        shown.lstrip("+") == wanted.lstrip("+"),
        f"the chat shows the name {shown!r} instead of the identity {wanted!r}",
    )


@then("the attached data is:")
def attached_data_is(scene: Scene, datatable: list[list[str]]) -> None:
    """Expect exactly these keys and values."""
    wanted = {key: value for key, value in datatable}  # noqa: C416 - rows are lists, which dict() refuses to type
    shown = dict(scene.stage.chat(scene.person).attached_data)
    expect(shown == wanted, f"the attached data should be {wanted} and is {shown}")


@then("there is no attached data")
def no_attached_data(scene: Scene) -> None:
    """Expect none."""
    shown = dict(scene.stage.chat(scene.person).attached_data)
    expect(not shown, f"the attached data should be empty and is {shown}")


@then(parsers.parse("the agent has the {kind}, byte for byte"))
def agent_has_file(scene: Scene, kind: str) -> None:
    """Expect exactly one stored file from the customer, with the bytes that were sent."""
    entry = scene.read_once(f"the {kind}", lambda entry: entry.attachment is not None)
    _expect_same(scene, entry, kind)


@then(parsers.parse("the agent still has the sent {kind}, byte for byte"))
def agent_still_has_file(scene: Scene, kind: str) -> None:
    """Expect the internal copy of the file that the agent sent."""
    _expect_same(scene, scene.sent_entry(), kind)


def _expect_same(scene: Scene, entry: Entry, kind: str) -> None:
    if scene.file is None or entry.attachment is None:
        raise LabDefect(f"no {kind} was sent before a step compares it")
    state = entry.attachment.state
    expect(state == "stored", f"the {kind} is {state}: {entry.attachment.problem}")
    found = scene.stage.file(entry)
    expect(
        found == scene.file.content,
        f"the internal copy has {len(found)} bytes that differ from the {len(scene.file.content)} bytes sent",
    )


@then(parsers.parse("the agent sees the position {latitude:f} {longitude:f}"))
def agent_sees_position(scene: Scene, latitude: float, longitude: float) -> None:
    """Expect exactly one location from the customer, there."""
    entry = scene.read_once("a location", lambda entry: entry.location is not None)
    place = entry.location
    near = (
        place is not None
        and abs(place.latitude - latitude) < CLOSE_ENOUGH_DEGREES
        and abs(place.longitude - longitude) < CLOSE_ENOUGH_DEGREES
    )
    expect(near, f"the agent should see {latitude} {longitude} and sees {place}")


@then("the message is refused with a reason")
def is_refused(scene: Scene) -> None:
    """Expect that the subject said no at once, with a code and a sentence."""
    refused = scene.sent
    if not isinstance(refused, Refused):
        expect(condition=False, sentence="the subject accepted what it had to refuse")
        return
    expect(refused.status in range(400, 500), f"the refusal has the status {refused.status}, not a 4xx")
    expect(refused.code and refused.message, f"the refusal does not say why: {refused}")


@then(parsers.parse("the message becomes {state}"))
def message_becomes(scene: Scene, state: str) -> None:
    """Expect the delivery state of the agent's message."""
    delivery = scene.sent_entry().delivery
    shown = delivery.state if delivery else None
    expect(shown == state, f"the agent's message should be {state} and is {shown}")


@then("the message has failed with a reason")
def message_failed(scene: Scene) -> None:
    """Expect that the transcript says that, and why, the message was not delivered."""
    delivery = scene.sent_entry().delivery
    shown = delivery.state if delivery else None
    expect(shown == "failed", f"the agent's message should have failed and is {shown}")
    expect(delivery and (delivery.code or delivery.description), "the transcript does not say why it failed")


@then("the agent is told that something could not be shown")
def told_unsupported(scene: Scene) -> None:
    """Expect a placeholder in the transcript."""
    entries = scene.stage.transcript(scene.person)
    told = [
        entry for entry in entries if entry.kind in PLACEHOLDER_KINDS and entry.direction is not Direction.TO_CUSTOMER
    ]
    expect(told, "the transcript has no trace of what the customer sent")


@then(parsers.parse('the agent sees the choice "{title}"'))
def agent_sees_choice(scene: Scene, title: str) -> None:
    """Expect exactly one answer from the customer that names the chosen title."""
    scene.read_once(f"the choice {title!r}", lambda entry: entry.text is not None and title in entry.text)


@then("the agent has no chat")
def no_chat(scene: Scene) -> None:
    """Expect that nothing reached the agent."""
    chats = scene.stage.chats_with(scene.person)
    expect(not chats, f"the agent has {len(chats)} chats with the customer")


@then("the agent reads nothing new")
def nothing_new(scene: Scene) -> None:
    """Expect that the customer's side of the transcript is still the greeting."""
    read = [entry.text for entry in scene.from_customer()]
    expect(read == ["Hello"], f"the agent should read only the greeting and reads {read}")


@then("the chat is a new one")
def chat_is_new(scene: Scene) -> None:
    """Expect a live chat that was not there before."""
    chat = scene.stage.chat(scene.person)
    expect(chat.id not in scene.known_chats, "the message went into a chat that was over")
