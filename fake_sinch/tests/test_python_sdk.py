"""The vendor's own Python SDK, unmodified, against the gateway: no socket, the HTTP session ends in the service."""

from typing import Any

import orjson
import pytest

from fake_sinch.state import StoredMessage
from fake_sinch.tests.scene import NOW, Scene

sinch = pytest.importorskip("sinch")
requests = pytest.importorskip("requests")
pytestmark = pytest.mark.client


def _client(scene: Scene) -> Any:
    """Return an SDK client whose every request is answered by the scene."""

    class Door(requests.adapters.BaseAdapter):  # type: ignore[name-defined,misc,unused-ignore] # importorskip hides the types
        def send(self, request: Any, **_: Any) -> Any:
            body = request.body or b""
            raw = body.encode() if isinstance(body, str) else body
            reply = scene.raw(request.method, request.url.removeprefix("http://lab"), raw, dict(request.headers))
            response = requests.Response()
            response.status_code = reply.status
            response.headers.update(reply.headers)
            response._content = reply.body
            response.request, response.url = request, request.url
            return response

        def close(self) -> None:
            """Nothing is open."""

    state = scene.service.state
    client = sinch.SinchClient(
        project_id=state.id, key_id=state.key_id, key_secret=state.key_secret, conversation_region="eu"
    )
    client.configuration.auth_origin = "http://lab"
    client.configuration.conversation_origin = "http://lab"
    client.configuration.transport.http_session.mount("http://", Door())
    return client.conversation


def test_messages(scene: Scene) -> None:
    """Send, get, list over pages, update, delete."""
    messages = _client(scene).messages
    recipient = [{"channel": "WHATSAPP", "identity": "+46700000001"}]
    sent = [
        messages.send_text_message(app_id=scene.app_id, text=f"n{n}", recipient_identities=recipient) for n in range(5)
    ]
    assert sent[0].accepted_time.timestamp() == NOW / 1000
    got = messages.get(message_id=sent[0].message_id)
    assert got.app_message.text_message.text == "n0"
    listed = list(messages.list(channel_identity="+46700000001", page_size=2).iterator())
    assert [m.id for m in listed] == [s.message_id for s in sent[::-1]]
    last = messages.list_last_messages_by_channel_identity(channel_identities=["46700000001"])
    assert [m.id for m in last.iterator()] == [sent[-1].message_id]
    assert messages.update(message_id=sent[0].message_id, metadata="m").metadata == "m"
    messages.delete(message_id=sent[0].message_id)
    with pytest.raises(Exception, match="was not found"):
        messages.get(message_id=sent[0].message_id)


def test_an_expired_token_is_renewed(scene: Scene) -> None:
    """The SDK reads "expired" in the 401 and tries again with a new token."""
    apps = _client(scene).apps
    apps.list()
    scene.advance(3_600_000)
    assert [a.id for a in apps.list().iterator()] == [scene.app_id]
    assert len(scene.service.state.tokens) == 2


def test_apps_and_contacts(scene: Scene) -> None:
    """Create, update with the SDK's own mask, list over pages, merge."""
    conversation = _client(scene)
    credentials = {"SMS": {"claimed_identity": "p", "token": "t"}, "TELEGRAM": {"token": "1:x"}}
    app = conversation.apps.create(display_name="Shop", channel_credentials=credentials)
    assert app.processing_mode == "DISPATCH"
    assert conversation.apps.update(app_id=app.id, display_name="New").display_name == "New"
    conversation.apps.delete(app_id=app.id)
    contacts = conversation.contacts
    made = [
        contacts.create(channel_identities=[{"channel": "SMS", "identity": f"4670000000{n}"}], language="EN_US")
        for n in range(3)
    ]
    assert [c.id for c in contacts.list(page_size=2).iterator()] == [c.id for c in made]
    assert contacts.update(contact_id=made[0].id, display_name="Ada").display_name == "Ada"
    assert contacts.get(contact_id=made[0].id).display_name == "Ada"
    contacts.merge_contact(destination_id=made[0].id, source_id=made[1].id)
    contacts.delete(contact_id=made[2].id)
    assert [c.id for c in contacts.list().iterator()] == [made[0].id]


def test_errors_become_the_sdks_exceptions(scene: Scene) -> None:
    """The message of the nested body is what the SDK shows."""
    with pytest.raises(Exception, match="INVALID_ARGUMENT") as raised:
        _client(scene).messages.send_text_message(app_id=scene.app_id, text="", contact_id="x")
    assert "message.text_message.text" in str(raised.value)
    assert scene.reply.status == 400


def test_callbacks_verify_and_parse(scene: Scene, submitted: list[StoredMessage]) -> None:
    """The SDK accepts our signature, refuses a changed body, and reads the typed events."""
    scene.webhook("MESSAGE_SUBMIT", "MESSAGE_DELIVERY", "MESSAGE_INBOUND", secret="s3")
    scene.send(message_metadata="é")
    (message,) = submitted
    service = scene.service
    scene.take(service.report_submit(message, message.body, scene.now))
    scene.take(service.report_delivery(message, "DELIVERED", None, scene.now))
    events = _client(scene).sinch_events("s3")
    while scene.calls:
        call = scene.answer(200)
        body = call.body.decode()
        assert events.validate_authentication_header(call.headers, body)
        assert not events.validate_authentication_header(call.headers, body + " ")
        event = events.parse_event(orjson.loads(body), call.headers)
        part = getattr(event, "message_submit_notification", None) or event.message_delivery_report
        assert (part.message_id, part.metadata) == (message.id, "é")
