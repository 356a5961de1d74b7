"""pywa, unmodified, with the fake Cloud API: every kind of message out, and its own webhook handling in."""

from __future__ import annotations

import queue
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from harness.clients.desk import TIMEOUT_SECONDS, Phone, Receiver, Request, World

httpx = pytest.importorskip("httpx")
pywa = pytest.importorskip("pywa")
errors = pytest.importorskip("pywa.errors")
types = pytest.importorskip("pywa.types")
templates = pytest.importorskip("pywa.types.templates")
pytestmark = pytest.mark.client

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c636060606000000005000165a9d7b60000000049454e44ae426082"
)
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


@pytest.fixture
def world(world_of: Callable[[str], World]) -> World:
    """A world with WhatsApp."""
    return world_of("whatsapp")


@pytest.fixture
def client(world: World) -> Iterator[Any]:
    """The library with the world's account; only the host is another."""
    base = httpx.URL(world.account["base_url"])
    transport = httpx.HTTPTransport()
    send = transport.handle_request

    def redirected(request: Any) -> Any:
        request.url = request.url.copy_with(scheme=base.scheme, host=base.host, port=base.port)
        return send(request)

    transport.handle_request = redirected
    with httpx.Client(transport=transport) as session:
        yield pywa.WhatsApp(
            phone_id=world.account["phone_number_id"],
            token=world.account["token"],
            session=session,
            server=None,
            waba_id=world.account["waba_id"],
            app_id=world.account["app_id"],
            app_secret=world.account["app_secret"],
            verify_token="checked",
        )


class Inbox:
    """What pywa's handlers were given, from requests that pywa itself has verified."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.updates: queue.Queue[Any] = queue.Queue()
        for kind in ("Message", "CallbackButton", "CallbackSelection", "MessageStatus"):
            handler = getattr(pywa.handlers, f"{kind}Handler")
            client.add_handlers(handler(lambda _, update: self.updates.put(update)))

    def answer(self, request: Request) -> tuple[int, bytes]:
        """As pywa's manual says for servers that it does not know."""
        if request.method == "GET":
            query = parse_qs(urlsplit(request.target).query)
            said, status = self._client.webhook_challenge_handler(
                query["hub.verify_token"][0], query["hub.challenge"][0]
            )
            return status, said.encode()
        refused = self._client.webhook_update_validator(request.body, request.headers.get("X-Hub-Signature-256"))
        said, status = refused or self._client.webhook_update_handler(request.body)
        return status, said.encode()

    def next(self, kind: type) -> Any:
        """The next update of a kind; others are passed over."""
        while True:
            update = self.updates.get(timeout=TIMEOUT_SECONDS)
            if isinstance(update, kind):
                return update


@pytest.fixture
def inbox(client: Any, receiver: Receiver) -> Inbox:
    """The account's callbacks go to pywa; the challenge was passed by pywa's own registration call."""
    made = Inbox(client)
    receiver.respond = made.answer
    assert client.override_waba_callback_url(receiver.url, verify_token="checked")
    return made


@pytest.fixture
def phone(world: World, inbox: Inbox) -> Phone:
    """A customer who has just written."""
    made = world.phone("Mia Berg")
    made.does("send_text", text="hello")
    inbox.next(types.Message)
    return made


def test_a_text_arrives_and_is_answered(client: Any, inbox: Inbox, world: World) -> None:
    """The sender's name and number are read; a reply to the update reaches the phone; statuses come in order."""
    phone = world.phone("Mia Berg")
    phone.does("send_text", text="Grüße 👋")
    message = inbox.next(types.Message)
    assert (message.text, message.from_user.name, message.from_user.wa_id) == ("Grüße 👋", "Mia Berg", phone.identity)
    sent = client.send_message(phone.identity, "Hello Mia", reply_to_message_id=message.id)
    shown = phone.sees("text")
    assert (shown["text"], shown["reply_to"]) == ("Hello Mia", message.id)
    statuses = [inbox.next(types.MessageStatus) for _ in range(2)]
    assert [status.status for status in statuses] == ["sent", "delivered"]
    assert {status.id for status in statuses} == {sent.id}
    phone.does("read")
    assert inbox.next(types.MessageStatus).status == "read"
    assert client.mark_message_as_read(message.id)


def test_files_go_out(client: Any, phone: Phone) -> None:
    """An image and a document are uploaded and reach the phone with caption and name."""
    client.send_image(phone.identity, PNG, caption="a dot", mime_type="image/png")
    image = phone.sees("image")
    assert (image["text"], image["media"]["mime"], image["media"]["bytes"]) == ("a dot", "image/png", len(PNG))
    client.send_document(phone.identity, PDF, filename="bill.pdf", mime_type="application/pdf")
    assert phone.sees("document")["media"]["name"] == "bill.pdf"


def test_a_picture_comes_in(inbox: Inbox, phone: Phone) -> None:
    """An image is downloaded by the URL and the token that pywa uses."""
    shown = phone.does("send_image", media={"sample": "image/jpeg"}, caption="look")
    message = inbox.next(types.Message)
    assert (message.caption, message.image.mime_type) == ("look", "image/jpeg")
    assert len(message.image.get_bytes()) == shown["media"]["bytes"]


def test_a_place_goes_out(client: Any, phone: Phone) -> None:
    """A location keeps its name and address."""
    client.send_location(phone.identity, 59.33, 18.06, name="Office", address="Road 1")
    place = phone.sees("location")["location"]
    assert (place["latitude"], place["name"], place["address"]) == (59.33, "Office", "Road 1")


def test_buttons_are_tapped(client: Any, inbox: Inbox, phone: Phone) -> None:
    """A tap on a reply button comes back with its callback data and its title."""
    buttons = [types.Button("Yes", callback_data="yes"), types.Button("No", callback_data="no")]
    client.send_message(phone.identity, "Shall we call?", buttons=buttons)
    phone.does("tap", item=phone.sees("buttons")["id"], button="No")
    tapped = inbox.next(types.CallbackButton)
    assert (tapped.data, tapped.title) == ("no", "No")


def test_a_row_of_a_list_is_chosen(client: Any, inbox: Inbox, phone: Phone) -> None:
    """A choice from a list comes back with the row's callback data."""
    rows = [types.SectionRow(title=title, callback_data=title.lower()) for title in ("Red", "Blue")]
    menu = types.SectionList(button_title="Colours", sections=[types.Section(title="All", rows=rows)])
    client.send_message(phone.identity, "Which one?", buttons=menu)
    phone.does("tap", item=phone.sees("list")["id"], button="Blue")
    assert inbox.next(types.CallbackSelection).data == "blue"


def test_a_template_opens_a_talk(client: Any, inbox: Inbox, world: World) -> None:
    """Without a message of the customer's, a template arrives and free text fails with the vendor's code."""
    phone = world.phone()
    body = templates.BodyText.params("1234", "on its way")
    client.send_template(phone.identity, "order_update", templates.TemplateLanguage.ENGLISH, [body])
    assert phone.sees("template")["text"] == "Order 1234 is now on its way."
    client.send_message(phone.identity, "free text")
    while (status := inbox.next(types.MessageStatus)).status != "failed":
        pass
    assert isinstance(status.error, errors.ReEngagementMessage)
    assert status.error.code == 131047


def test_a_refusal_is_the_vendors_error(client: Any, phone: Phone) -> None:
    """A template that does not exist raises the class that pywa keeps for its code."""
    with pytest.raises(errors.TemplateNotExists) as raised:
        client.send_template(phone.identity, "no_such", templates.TemplateLanguage.ENGLISH, [])
    assert raised.value.code == 132001
