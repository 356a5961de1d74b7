"""The documented operations of the API as a table: method, path, and whether this gateway emulates them.

Must not know: what an operation does. Source: the operations of the vendor's API reference,
developers.sinch.com/docs/conversation/api-reference. ``{}`` stands for one id.
"""

import re
from typing import Final, TypeAlias

from msgspec import Struct


class Operation(Struct, frozen=True):
    """One documented operation."""

    name: str
    method: str
    path: str
    """Below ``/v1/projects/{project}``, or below ``/v2/...`` for templates."""
    emulated: bool = True
    body: str = ""
    """The request document in `contracts`; "" when the operation takes no JSON body."""
    answer: str = ""
    """The response document in `contracts`."""


V1: Final = (
    Operation("send_message", "POST", "/messages:send", body="send_message", answer="send_message"),
    Operation("list_apps", "GET", "/apps", answer="apps"),
    Operation("create_app", "POST", "/apps", body="create_app", answer="app"),
    Operation("get_app", "GET", "/apps/{}", answer="app"),
    Operation("update_app", "PATCH", "/apps/{}", body="update_app", answer="app"),
    Operation("delete_app", "DELETE", "/apps/{}", answer="empty"),
    Operation("list_webhooks", "GET", "/apps/{}/webhooks", answer="webhooks"),
    Operation("create_webhook", "POST", "/webhooks", body="create_webhook", answer="webhook"),
    Operation("get_webhook", "GET", "/webhooks/{}", answer="webhook"),
    Operation("update_webhook", "PATCH", "/webhooks/{}", body="update_webhook", answer="webhook"),
    Operation("delete_webhook", "DELETE", "/webhooks/{}", answer="empty"),
    Operation("list_contacts", "GET", "/contacts", answer="contacts"),
    Operation("create_contact", "POST", "/contacts", body="create_contact", answer="contact"),
    Operation("get_channel_profile", "POST", "/contacts:getChannelProfile", body="get_channel_profile", answer="empty"),
    Operation("list_identity_conflicts", "GET", "/contacts:identityConflicts", answer="identity_conflicts"),
    Operation("get_contact", "GET", "/contacts/{}", answer="contact"),
    Operation("update_contact", "PATCH", "/contacts/{}", body="update_contact", answer="contact"),
    Operation("delete_contact", "DELETE", "/contacts/{}", answer="empty"),
    Operation("merge_contact", "POST", "/contacts/{}:merge", body="merge_contact", answer="contact"),
    Operation("list_conversations", "GET", "/conversations", answer="conversations"),
    Operation("list_recent", "GET", "/conversations:recent", answer="recent_conversations"),
    Operation("create_conversation", "POST", "/conversations", body="create_conversation", answer="conversation"),
    Operation("get_conversation", "GET", "/conversations/{}", answer="conversation"),
    Operation("update_conversation", "PATCH", "/conversations/{}", body="update_conversation", answer="conversation"),
    Operation("delete_conversation", "DELETE", "/conversations/{}", answer="empty"),
    Operation("stop_conversation", "POST", "/conversations/{}:stop", answer="empty"),
    Operation("inject_message", "POST", "/conversations/{}:inject-message", body="inject_message", answer="empty"),
    Operation("list_messages", "GET", "/messages", answer="messages"),
    Operation(
        "fetch_last_message",
        "POST",
        "/messages:fetch-last-message",
        body="fetch_last_message",
        answer="messages",
    ),
    Operation("transcode_message", "POST", "/messages:transcode", body="transcode_message", answer="transcode_message"),
    Operation("get_message", "GET", "/messages/{}", answer="message"),
    Operation("update_message", "PATCH", "/messages/{}", body="update_message", answer="message"),
    Operation("delete_message", "DELETE", "/messages/{}", answer="empty"),
    Operation("inject_event", "POST", "/conversations/{}:inject-event", emulated=False),
    Operation("send_event", "POST", "/events:send", body="send_event", answer="send_event"),
    Operation("list_events", "GET", "/events", emulated=False),
    Operation("get_event", "GET", "/events/{}", emulated=False),
    Operation("delete_event", "DELETE", "/events/{}", emulated=False),
    Operation("query_capability", "POST", "/capability:query", emulated=False),
    Operation("list_consent_identities", "GET", "/apps/{}/consents/{}", emulated=False),
    Operation("list_audit_records", "GET", "/apps/{}/consents/identities/{}", emulated=False),
    Operation("create_settings", "POST", "/settings", emulated=False),
    Operation("get_settings", "GET", "/settings", emulated=False),
    Operation("update_settings", "PATCH", "/settings", emulated=False),
    Operation("delete_settings", "DELETE", "/settings", emulated=False),
    Operation("register_optin", "POST", "/optins:register", emulated=False),
    Operation("register_optout", "POST", "/optouts:register", emulated=False),
)

V2: Final = (
    Operation("list_templates", "GET", "/templates", emulated=False),
    Operation("create_template", "POST", "/templates", emulated=False),
    Operation("get_template", "GET", "/templates/{}", emulated=False),
    Operation("update_template", "PUT", "/templates/{}", emulated=False),
    Operation("delete_template", "DELETE", "/templates/{}", emulated=False),
    Operation("list_translations", "GET", "/templates/{}/translations", emulated=False),
)

SEND: Final = V1[0]
"""The busiest operation, which is found without a search."""

PROJECT_PATH: Final = re.compile(r"/(v1|v2)/projects/([^/]+)(/.*)?", re.DOTALL)
"""Version, project id, and the operation's path."""

_FIXED: Final = {
    version: {(o.method, o.path): o for o in table if "{}" not in o.path} for version, table in (("v1", V1), ("v2", V2))
}
_PATTERNS: Final = {
    version: [
        (o.method, re.compile(re.escape(o.path).replace(r"\{\}", "([^/:]+)")), o) for o in table if "{}" in o.path
    ]
    for version, table in (("v1", V1), ("v2", V2))
}


Found: TypeAlias = tuple[Operation, tuple[str, ...]] | None
"""An operation and the ids in the path of the call; None when there is no such operation."""


def find(version: str, method: str, path: str) -> Found:
    """Return the operation and the ids in its path; None for a path the vendor does not document."""
    fixed = _FIXED[version].get((method, path))
    if fixed is not None:
        return fixed, ()
    for wanted, pattern, operation in _PATTERNS[version]:
        if wanted == method and (match := pattern.fullmatch(path)):
            return operation, match.groups()
    return None
