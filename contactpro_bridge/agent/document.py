"""What the agent API's OpenAPI document says: its operations and its shapes."""

from functools import cache
from typing import Any, Final

from contactpro_bridge.agent.openapi import Operation, Schema, a_list, an_object, document, reference
from contactpro_bridge.chats.channels import CHANNELS
from contactpro_bridge.outbound.receipts import Delivery
from contactpro_bridge.store.chats import ChatState
from contactpro_bridge.whatsapp.window import WindowState

PATH: Final = "/agent/v1/openapi.json"

_TEXT: Final[Schema] = {"type": "string"}
_MAYBE_TEXT: Final[Schema] = {"type": ["string", "null"]}
_MAYBE_OBJECT: Final[Schema] = {"type": ["object", "null"]}
_NUMBER: Final[Schema] = {"type": "integer"}
_BYTES: Final[Schema] = {"type": "string", "format": "binary"}
_TIME: Final[Schema] = {"type": "string", "format": "date-time"}
_MAYBE_TIME: Final[Schema] = {"type": ["string", "null"], "format": "date-time"}

_CHAT: Final = an_object(
    id=_TEXT,
    state={"enum": [state.value for state in ChatState]},
    channel={**_TEXT, "examples": list(CHANNELS)},
    sub_channel=_TEXT,
    app_id=_TEXT,
    service=_TEXT,
    identity=_TEXT,
    customer_name=_TEXT,
    queue={"type": ["object", "null"], "properties": {"id": _TEXT, "name": _TEXT, "address": _TEXT}},
    agent_id=_MAYBE_TEXT,
    attached_data={"type": "object", "additionalProperties": _TEXT},
    attached_data_problems=a_list(an_object(key=_TEXT, problem=_TEXT)),
    window=an_object(state={"enum": [state.value for state in WindowState]}, expires_at=_MAYBE_TIME),
    contact_id=_TEXT,
    conversation_id=_TEXT,
    created_at=_TIME,
    ended_at=_MAYBE_TIME,
    last_rev=_NUMBER,
)
_ENTRY: Final = an_object(
    id=_TEXT,
    seq=_NUMBER,
    rev=_NUMBER,
    at=_TIME,
    direction={"enum": ["in", "out", "system"]},
    kind=_TEXT,
    text=_MAYBE_TEXT,
    attachment=_MAYBE_OBJECT,
    location=_MAYBE_OBJECT,
    choice=_MAYBE_OBJECT,
    choices={"type": ["array", "null"]},
    template=_MAYBE_OBJECT,
    message_id=_MAYBE_TEXT,
    client_id=_MAYBE_TEXT,
    reply_to=_MAYBE_TEXT,
    delivery={
        "type": ["object", "null"],
        "properties": {
            "state": {"enum": [state.value for state in Delivery]},
            "code": _MAYBE_TEXT,
            "description": _MAYBE_TEXT,
        },
    },
)
_MESSAGE: Final[Schema] = {
    **an_object(
        client_id=_TEXT,
        text=_TEXT,
        attachment_id=_TEXT,
        caption=_TEXT,
        location=an_object(latitude={"type": "number"}, longitude={"type": "number"}, title=_TEXT, label=_TEXT),
        quick_replies=an_object(text=_TEXT, choices=a_list(_TEXT)),
        template=an_object(name=_TEXT, language=_TEXT, parameters={"type": ["object", "array"]}),
    ),
    "oneOf": [{"required": [name]} for name in ("text", "attachment_id", "location", "quick_replies", "template")],
}
_CONSENT: Final = an_object(
    number=_TEXT, purpose=_TEXT, consent={"type": "boolean"}, created_at=_TIME, updated_at=_TIME
)
_UPLOADED: Final = an_object(attachment_id=_TEXT, name=_TEXT, mime=_TEXT, size=_NUMBER, sha256=_TEXT)
_PURPOSE: Final = {"purpose": "What the consent is for; whatsapp by default."}
_NEW_CHAT: Final = an_object(channel=_TEXT, to=_TEXT, service=_TEXT, app_id=_TEXT)

_SCHEMAS: Final = {"Chat": _CHAT, "Entry": _ENTRY, "Message": _MESSAGE, "Consent": _CONSENT, "Uploaded": _UPLOADED}
_CREATED: Final = {201: "Created."}
_DELETED: Final = {204: "Deleted."}
_A_CHAT: Final = "/agent/v1/chats/{chat_id}"

OPERATIONS: Final = (
    Operation("GET", "/agent/v1/me", "Who the token belongs to.", result={"type": "object"}),
    Operation(
        "GET",
        "/agent/v1/chats",
        "Chats that the agent may see, oldest first.",
        result=an_object(chats=a_list(reference("Chat"))),
        query={"state": "One or more states, split by commas.", "limit": "1 to 500."},
    ),
    Operation(
        "POST", "/agent/v1/chats", "Begin a chat (SMS, WhatsApp).", _CREATED, result=reference("Chat"), body=_NEW_CHAT
    ),
    Operation("GET", _A_CHAT, "One chat.", result=reference("Chat")),
    Operation("POST", _A_CHAT + ":accept", "Take a chat from its queue.", result=reference("Chat")),
    Operation("POST", _A_CHAT + ":end", "End one's own chat.", result=reference("Chat")),
    Operation(
        "GET",
        _A_CHAT + "/transcript",
        "Entries created or changed after a revision; waits for the first one when asked to.",
        result=an_object(entries=a_list(reference("Entry")), next=_NUMBER),
        query={"after": "A revision.", "wait": "Seconds, at most 30.", "limit": "1 to 1000."},
    ),
    Operation(
        "POST",
        _A_CHAT + "/messages",
        "Send to the customer; the same client_id again is the same message.",
        _CREATED,
        result=an_object(entry=reference("Entry")),
        body=reference("Message"),
    ),
    Operation(
        "POST",
        "/agent/v1/attachments",
        "Upload a file, as a raw body or as the field file of a multipart form.",
        _CREATED,
        result=reference("Uploaded"),
        body=_BYTES,
        query={"filename": "Name of a raw body."},
        raw=True,
    ),
    Operation(
        "GET",
        "/agent/v1/attachments/{attachment_id}",
        "The internal copy of a file; Range is understood.",
        {200: "The file.", 206: "A part of it."},
        result=_BYTES,
        raw=True,
    ),
    Operation(
        "GET",
        "/agent/v1/consents",
        "Search consents.",
        result=an_object(consents=a_list(reference("Consent"))),
        query={**_PURPOSE, "number": "A telephone number.", "consent": "true or false."},
    ),
    Operation("GET", "/agent/v1/consents/{number}", "One consent.", result=reference("Consent"), query=_PURPOSE),
    Operation(
        "PUT",
        "/agent/v1/consents/{number}",
        "Store or change a consent.",
        result=reference("Consent"),
        body=an_object(consent={"type": "boolean"}, purpose=_TEXT),
    ),
    Operation("DELETE", "/agent/v1/consents/{number}", "Delete a consent.", _DELETED, query=_PURPOSE),
    Operation(
        "GET", "/agent/v1/templates", "WhatsApp templates.", result=an_object(templates=a_list({"type": "object"}))
    ),
    Operation("GET", "/agent/v1/events", "WebSocket: every chat and entry as it changes.", {101: "Switched."}),
)


@cache
def agent_document() -> dict[str, Any]:
    """Return the document."""
    return document("contactpro-bridge: agent API", OPERATIONS, _SCHEMAS)
