"""pywa, unmodified, against this server: every kind both ways, files both ways, templates, errors."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from aiohttp import web

from fake_channels.core import handset as acts
from fake_channels.core.alone import Alone
from fake_channels.core.handset import Handset
from fake_channels.tests.receiver import Received, Receiver
from fake_channels.whatsapp import CHANNEL, limits
from fake_channels.whatsapp.phone import change_number
from fake_channels.whatsapp.tests.calls import OGG, PNG

httpx = pytest.importorskip("httpx")
pywa = pytest.importorskip("pywa")
errors = pytest.importorskip("pywa.errors")
types = pytest.importorskip("pywa.types")
templates = pytest.importorskip("pywa.types.templates")
pytestmark = [pytest.mark.client, pytest.mark.slow]

_START = 1_700_000_000_000
_PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
_WEBP = b"RIFF\x00\x00\x00\x00WEBPVP8X" + bytes(8) + b"\xff\x01\x00\xff\x01\x00" + bytes(9)
_MP4 = b"\x00\x00\x00\x18ftypmp42" + bytes(64)
_KINDS = (
    "Message",
    "EditedMessage",
    "DeletedMessage",
    "CallbackButton",
    "CallbackSelection",
    "MessageStatus",
    "PhoneNumberChange",
    "TemplateStatusUpdate",
    "UserMarketingPreferences",
)


class Desk:
    """A business with pywa in hand, and one customer who has just written."""

    def __init__(self, alone: Alone, receiver: Receiver, client: Any) -> None:
        self.alone, self.receiver, self.client = alone, receiver, client
        self.heard: list[Any] = []
        for kind in _KINDS:
            handler = getattr(pywa.handlers, f"{kind}Handler")
            client.add_handlers(handler(lambda _, update: self.heard.append(update)))
        self.customer = alone.enrol("Mia Berg")
        alone.act(self.customer, acts.SendText(text="hello"))

    async def ask(self, call: Callable[..., Any], *args: Any, **fields: Any) -> Any:
        """A blocking call of the library, off the loop."""
        return await asyncio.to_thread(lambda: call(*args, **fields))

    async def updates(self) -> list[Any]:
        """What pywa's handlers make of the callbacks since the last time; pywa checks each signature."""
        assert await self.alone.world.quiet()
        got, self.receiver.received = self.receiver.received, []
        self.heard.clear()
        for one in got:
            assert self.client.webhook_update_validator(one.body, one.headers["x-hub-signature-256"]) is None
            await self.ask(self.client.webhook_update_handler, one.body)
        return list(self.heard)

    def shown(self) -> list[tuple[str, str]]:
        """The business's messages on the phone."""
        return [(item.kind, item.text) for item in self.customer.screen if item.author == "business"]


def _client(alone: Alone) -> Any:
    """The library with this account; only the host is another."""
    base, transport = httpx.URL(alone.url), httpx.HTTPTransport()
    send = transport.handle_request

    def redirected(request: Any) -> Any:
        request.url = request.url.copy_with(scheme=base.scheme, host=base.host, port=base.port)
        return send(request)

    transport.handle_request = redirected
    account = alone.account
    return pywa.WhatsApp(
        phone_id=account.phone_number_id,
        token=account.token,
        session=httpx.Client(transport=transport),
        server=None,
        waba_id=account.waba_id,
        app_id=account.app_id,
        app_secret=account.app_secret,
        verify_token="checked",
    )


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    """A callback is registered; what led there is forgotten."""
    async with Receiver() as receiver, Alone(CHANNEL, start=_START) as alone:
        alone.connect(receiver.url)
        client = _client(alone)
        made = Desk(alone, receiver, client)
        await made.updates()
        yield made
        client.api._session.close()


async def test_every_kind_goes_out(desk: Desk) -> None:
    """Texts, files, places, cards, buttons, lists, links, requests, reactions."""
    to, client, ask = desk.customer.identity, desk.client, desk.ask
    await ask(client.send_message, to, "Hello")
    await ask(client.send_image, to, PNG, caption="image", mime_type="image/png")
    await ask(client.send_video, to, _MP4, caption="video", mime_type="video/mp4")
    await ask(client.send_document, to, _PDF, filename="a.pdf", caption="document", mime_type="application/pdf")
    await ask(client.send_audio, to, OGG, mime_type="audio/ogg")
    await ask(client.send_voice, to, OGG, mime_type="audio/ogg")
    await ask(client.send_sticker, to, _WEBP, mime_type="image/webp")
    await ask(client.send_location, to, 59.5, 18.25, name="Hotel", address="Road 1")
    card = types.Contact(name=types.Contact.Name(formatted_name="Ada Byron", first_name="Ada"))
    await ask(client.send_contact, to, card)
    await ask(client.send_message, to, "Buttons", buttons=[types.Button("Yes", callback_data="y")])
    rows = [types.SectionRow(title="Red", callback_data="r")]
    menu = types.SectionList(button_title="Open", sections=[types.Section(title="All", rows=rows)])
    await ask(client.send_message, to, "List", buttons=menu)
    await ask(client.send_message, to, "Link", buttons=types.URLButton(title="Go", url="https://x.example"))
    await ask(client.request_location, to, "Where?")
    await ask(client.send_reaction, to, "👍", desk.customer.screen[0].id)
    assert desk.shown() == [
        ("text", "Hello"),
        ("image", "image"),
        ("video", "video"),
        ("document", "document"),
        ("audio", ""),
        ("voice", ""),
        ("sticker", ""),
        ("location", "Hotel"),
        ("contact", "Ada Byron"),
        ("buttons", "Buttons"),
        ("list", "List"),
        ("buttons", "Link"),
        ("buttons", "Where?"),
    ]
    assert desk.customer.screen[0].vendor["reaction"] == "👍"
    statuses = [one.status for one in await desk.updates()]
    assert statuses == ["sent", "delivered"] * 13 + ["sent"]


async def test_every_kind_comes_in(desk: Desk) -> None:
    """As the library's own classes, with quotes; files are downloaded by its own means."""
    customer, act = desk.customer, desk.alone.act
    await desk.ask(
        desk.client.send_message, customer.identity, "Pick", buttons=[types.Button("Yes", callback_data="y")]
    )
    pick = customer.screen[-1]
    for action in (
        acts.SendText(text="Grüße 👋", reply_to=pick.id),
        acts.SendMedia(kind="image", data=PNG, mime="image/png", name="a.png", caption="look"),
        acts.SendMedia(kind="voice", data=OGG, mime="audio/ogg", name="v.ogg"),
        acts.SendMedia(kind="document", data=_PDF, mime="application/pdf", name="a.pdf"),
        acts.SendMedia(kind="sticker", data=_WEBP, mime="image/webp", name="s.webp"),
        acts.SendLocation(latitude=1.5, longitude=2.5, name="Here"),
        acts.SendContact(name="Ada Byron", phone="+1 555 010 0100"),
        acts.SendUnsupported(type="poll"),
        acts.React(item=pick.id, emoji="❤️"),
    ):
        act(customer, action)
    text, image, voice, document, sticker, place, card, poll, reaction = [
        one for one in await desk.updates() if isinstance(one, types.Message)
    ]
    assert (text.text, text.from_user.name, text.reply_to_message.id) == ("Grüße 👋", "Mia Berg", pick.id)
    assert (image.caption, await desk.ask(image.image.get_bytes)) == ("look", PNG)
    assert (voice.audio.voice, await desk.ask(voice.audio.get_bytes)) == (True, OGG)
    assert (document.document.filename, await desk.ask(document.document.get_bytes)) == ("a.pdf", _PDF)
    assert await desk.ask(sticker.sticker.get_bytes) == _WEBP
    assert (place.location.latitude, place.location.name) == (1.5, "Here")
    assert card.contacts[0].name.formatted_name == "Ada Byron"
    assert poll.error.code == 131051
    assert (reaction.reaction.emoji, reaction.reaction.message_id) == ("❤️", pick.id)


async def test_taps_changes_and_preferences_come_in(desk: Desk) -> None:
    """A button, a row, an edit, a deletion, another number, no more marketing."""
    customer, act, client = desk.customer, desk.alone.act, desk.client
    await desk.ask(client.send_message, customer.identity, "Sure?", buttons=[types.Button("Yes", callback_data="y")])
    rows = [types.SectionRow(title="Red", callback_data="r")]
    menu = types.SectionList(button_title="Open", sections=[types.Section(title="All", rows=rows)])
    await desk.ask(client.send_message, customer.identity, "Which?", buttons=menu)
    act(customer, acts.Tap(item=customer.screen[-2].id, button="Yes"))
    act(customer, acts.Tap(item=customer.screen[-2].id, button="Red"))
    said = act(customer, acts.SendText(text="helo"))
    assert said is not None
    act(customer, acts.Edit(item=said.id, text="hello"))
    act(customer, acts.Delete(item=said.id))
    act(customer, acts.OptOut())
    env = desk.alone.component.env(desk.alone.world.now)
    acted = change_number(desk.alone.account, customer, "15550100177", env)
    desk.alone.world.perform(desk.alone.component, acted.effects)
    heard = [one for one in await desk.updates() if not isinstance(one, types.MessageStatus)]
    button, row, _, edited, deleted, preference, moved = heard
    assert (button.data, row.data) == ("y", "r")
    assert (edited.original_message_id, edited.message.text) == (said.id, "hello")
    assert deleted.original_message_id == said.id
    assert (preference.value, moved.old_wa_id, moved.new_wa_id) == ("stop", customer.identity, "15550100177")


async def test_a_template_lives_from_creation_to_deletion(desk: Desk) -> None:
    """Submitted, approved by time, sent with values to a business-scoped id, listed, deleted."""
    client = desk.client
    made = await desk.ask(
        client.create_template,
        templates.Template(
            name="parcel",
            language=templates.TemplateLanguage.ENGLISH,
            category=templates.TemplateCategory.UTILITY,
            parameter_format=templates.ParamFormat.POSITIONAL,
            components=[
                templates.BodyText("Order {{1}} is {{2}} today.", "7", "sent"),
                templates.Buttons(buttons=[templates.QuickReplyButton(text="Thanks")]),
            ],
        ),
    )
    assert made.status == templates.TemplateStatus.PENDING
    await desk.alone.world.advance(_START + limits.REVIEW_MS)
    (update,) = await desk.updates()
    assert (update.template_name, update.new_status) == ("parcel", templates.TemplateStatus.APPROVED)
    details = await desk.ask(client.get_template, made.id)
    assert (details.name, details.status) == ("parcel", templates.TemplateStatus.APPROVED)
    user_id = desk.alone.account.customers[desk.customer.identity].user_id
    body = templates.BodyText.params("7", "sent")
    reply = templates.QuickReplyButton.params(callback_data="thx", index=0)
    await desk.ask(client.send_template, user_id, "parcel", templates.TemplateLanguage.ENGLISH, [body, reply])
    assert desk.shown() == [("template", "Order 7 is sent today.")]
    desk.alone.act(desk.customer, acts.Tap(item=desk.customer.screen[-1].id, button="Thanks"))
    assert [one.data for one in await desk.updates() if isinstance(one, types.CallbackButton)] == ["thx"]
    assert await desk.ask(client.delete_template, "parcel")
    with pytest.raises(errors.TemplateNotExists):
        await desk.ask(client.send_template, user_id, "parcel", templates.TemplateLanguage.ENGLISH, [body])


async def test_errors_are_the_librarys_own(desk: Desk) -> None:
    """At once, and by status."""
    client, to = desk.client, desk.customer.identity
    body = templates.BodyText.params("7")
    with pytest.raises(errors.TemplateParamCountMismatch):
        await desk.ask(client.send_template, to, "order_update", templates.TemplateLanguage.ENGLISH, [body])
    await desk.ask(client.send_message, "15550100100", "x")
    (status,) = await desk.updates()
    assert isinstance(status.error, errors.MessageUndeliverable)
    for _ in range(44):
        await desk.ask(client.send_message, to, "x")
    with pytest.raises(errors.TooManyMessages):
        await desk.ask(client.send_message, to, "x")


async def test_blocking_reading_and_callbacks(desk: Desk) -> None:
    """The other calls of a bot."""
    client, customer = desk.client, desk.customer
    assert await desk.ask(client.mark_message_as_read, customer.screen[0].id)
    assert await desk.ask(client.indicate_typing, customer.screen[0].id)
    assert customer.typing
    blocked = await desk.ask(client.block_users, [customer.identity])
    assert [user.wa_id for user in blocked.added_users] == [customer.identity]
    assert [user.wa_id for user in (await desk.ask(client.get_blocked_users))] == [customer.identity]
    assert (await desk.ask(client.unblock_users, [customer.identity])).removed_users
    assert await desk.ask(client.deregister_phone_number)
    assert await desk.ask(client.register_phone_number, pin="123456")
    number = await desk.ask(client.get_business_phone_number)
    assert (number.verified_name, number.id) == ("Acme Support", desk.alone.account.phone_number_id)

    def prove(received: Received) -> web.Response:
        query = dict(one.partition("=")[::2] for one in received.path.partition("?")[2].split("&"))
        return web.Response(body=query["hub.challenge"].encode())

    desk.receiver.respond = prove
    assert await desk.ask(client.override_phone_callback_url, desk.receiver.url, verify_token="checked")
    assert desk.alone.account.number_callback_url == desk.receiver.url
    assert await desk.ask(client.delete_phone_callback_url)


async def test_voice_is_played(desk: Desk) -> None:
    """The status that voice messages alone have."""

    def listen(customer: Handset) -> None:
        desk.alone.act(customer, acts.Tap(item=customer.screen[-1].id, button="Play"))

    await desk.ask(desk.client.send_voice, desk.customer.identity, OGG, mime_type="audio/ogg")
    listen(desk.customer)
    assert [one.status for one in await desk.updates()] == ["sent", "delivered", "read", "played"]
