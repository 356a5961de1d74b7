"""How each behaviour of this gateway is known, as data: documented, seen in a sample, or inferred by us.

Must not know: the code that behaves so. The report prints this table; a test keeps it complete and in step with the
routes. An inferred row says what was chosen where the vendor publishes nothing or contradicts itself.
"""

from enum import Enum
from typing import Final

from msgspec import Struct

from fake_sinch import routes

DOCS: Final = "https://developers.sinch.com/docs/conversation"
REFERENCE: Final = f"{DOCS}/api-reference"
CALLBACKS: Final = f"{DOCS}/callbacks"
JAVA: Final = "https://github.com/sinch/sinch-sdk-java"
PYTHON: Final = "https://github.com/sinch/sinch-sdk-python"
NODE: Final = "https://github.com/sinch/sinch-sdk-node"
DOTNET: Final = "https://github.com/sinch/sinch-sdk-dotnet"
SMS: Final = "https://developers.sinch.com/docs/sms/api-reference"
WECHAT: Final = f"{DOCS}/channel-support/wechat"


class Known(Enum):
    """How a behaviour is known."""

    DOCUMENTED = "documented"
    SAMPLE = "sample"
    INFERRED = "inferred"


class Behaviour(Struct, frozen=True):
    """One behaviour."""

    area: str
    what: str
    known: Known
    source: str


D, S, I = Known.DOCUMENTED, Known.SAMPLE, Known.INFERRED  # noqa: E741 - one letter keeps the table readable

BEHAVIOURS: Final = (
    Behaviour("access", "Client credentials at /oauth2/token give a bearer token of 3600 s", D, DOCS),
    Behaviour("access", "The token reply has access_token, expires_in, scope and token_type", S, PYTHON),
    Behaviour("access", "Tokens: bucket of 30, 10 more per second; over it 429 without Retry-After", D, DOCS),
    Behaviour("access", "An expired token is 401 with 'expired' in www-authenticate", S, DOTNET),
    Behaviour("access", "Basic authentication works on the API; its strong rate limit has no number", D, DOCS),
    Behaviour("access", "Basic authentication is not rate limited here", I, DOCS),
    Behaviour("access", "A path below an unknown project is 401", I, REFERENCE),
    Behaviour("access", "Error codes of the token endpoint follow RFC 6749 section 5.2", I, DOCS),
    Behaviour("errors", "Error body {error: {code, message, status, details}} with field violations", S, PYTHON),
    Behaviour("errors", "All violations are listed together; the wording is that of JSON Schema", I, REFERENCE),
    Behaviour("errors", "status is the name of the gRPC code: NOT_FOUND, RESOURCE_EXHAUSTED, ...", I, REFERENCE),
    Behaviour("errors", "A body without Content-Type application/json is refused", D, REFERENCE),
    Behaviour("errors", "Unreadable JSON, depth over 100 and bodies over 1 MiB are 400", I, REFERENCE),
    Behaviour("errors", "null counts as absent, unknown fields are ignored", I, REFERENCE),
    Behaviour("errors", "Documented routes that are not emulated are 501 UNIMPLEMENTED", I, REFERENCE),
    Behaviour("lists", "Default and greatest page sizes", S, NODE),
    Behaviour("lists", "A page size over the greatest means the greatest", I, REFERENCE),
    Behaviour("lists", "Page tokens are URL-safe and name the last item", S, NODE),
    Behaviour("apps", "Fields, defaults and bounds; credentials are replaced whole; their order is priority", S, JAVA),
    Behaviour("apps", "A new app is in DISPATCH mode unless it says otherwise", D, f"{DOCS}/processing-modes"),
    Behaviour("apps", "Rate limits shown: inbound 100, outbound 20, webhooks 100", S, JAVA),
    Behaviour("apps", "Every credential is ACTIVE at once", I, REFERENCE),
    Behaviour("apps", "conversation_metadata_report_view NONE (the default) keeps metadata out", D, REFERENCE),
    Behaviour("webhooks", "Five per app, unique targets of at most 742 characters, own hosts refused", D, CALLBACKS),
    Behaviour("webhooks", "Client credentials: the customer's token endpoint is asked, 30..3600 s", D, CALLBACKS),
    Behaviour("webhooks", "DISMISS is accepted and nothing is sent", D, REFERENCE),
    Behaviour("contacts", "Contacts belong to the project; identities match with or without +", D, DOCS),
    Behaviour("contacts", "Of several contacts that match, the oldest is taken", I, DOCS),
    Behaviour("contacts", "A Telegram identity carries the app's id", S, JAVA),
    Behaviour(
        "contacts", "Merging moves identities of channels the destination lacks", D, f"{DOCS}/contact-management"
    ),
    Behaviour("contacts", "Merging takes the source's conversations along", I, f"{DOCS}/contact-management"),
    Behaviour("contacts", "Deleting a contact deletes its conversations", I, f"{DOCS}/contact-management"),
    Behaviour("contacts", "Nobody has a channel profile: 400 NO_PROFILE_AVAILABLE", I, REFERENCE),
    Behaviour("contacts", "CONTACT callbacks reach the webhooks of every app", I, CALLBACKS),
    Behaviour(
        "conversations", "One active conversation per app and contact; stop, then a new one", D, f"{DOCS}/keyconcepts"
    ),
    Behaviour("conversations", "Creating an active one ends the active one before it", I, REFERENCE),
    Behaviour("conversations", "An active conversation never ends by itself", I, f"{DOCS}/keyconcepts"),
    Behaviour("messages", "Syntax, app and priority order are refused at once, the rest by FAILED", D, DOCS),
    Behaviour("messages", "An unknown contact_id is accepted and FAILED with CONTACT_NOT_FOUND", I, REFERENCE),
    Behaviour("messages", "Order of channels: request, active channel, contact, app", D, f"{DOCS}/keyconcepts"),
    Behaviour("messages", "channel_priority_order limits the attempt to the channels it names", I, DOCS),
    Behaviour("messages", "conversation_metadata counts at most 2048 bytes, after merging", I, REFERENCE),
    Behaviour("messages", "correlation_id of a send stays with the conversation", I, CALLBACKS),
    Behaviour("messages", "Injected messages are at most 30 days old and told to nobody", D, REFERENCE),
    Behaviour("messages", "Messages past their retention go at a clean-up every 24 h", D, f"{DOCS}/processing-modes"),
    Behaviour("messages", "Dispatched messages kept for 0 days cannot be read", D, f"{DOCS}/processing-modes"),
    Behaviour("callbacks", "Envelope, and one key per trigger", S, JAVA),
    Behaviour("callbacks", "Signature: HMAC-SHA256 over body.nonce.timestamp, standard base64", D, CALLBACKS),
    Behaviour("callbacks", "Each attempt is signed anew", I, CALLBACKS),
    Behaviour("callbacks", "callback_url replaces the target; signed with the app's own secret for it", D, CALLBACKS),
    Behaviour("callbacks", "2xx ends, otherwise exponential retries; webhook.site is never retried", D, CALLBACKS),
    Behaviour("callbacks", "The delays are those of the SMS API: 5 s, doubling, 15 times", I, SMS),
    Behaviour("callbacks", "4xx other than 429 drops the callback, as in the SMS API (a setting)", I, SMS),
    Behaviour("callbacks", "An attempt times out after 10 s", I, CALLBACKS),
    Behaviour("callbacks", "Inbound and delivery callbacks wait in separate queues", D, CALLBACKS),
    Behaviour("callbacks", "Within a queue, those of one contact leave one by one", I, CALLBACKS),
    Behaviour(
        "callbacks", "conversation_metadata returns as message_metadata of inbound callbacks", D, f"{DOCS}/metadata"
    ),
    Behaviour("callbacks", "message_metadata of a send returns as metadata of its receipts", D, f"{DOCS}/metadata"),
    Behaviour("callbacks", "The rate of callbacks is not limited unless a lab says so", I, CALLBACKS),
    Behaviour("delivery", "SUBMIT per channel, then QUEUED_ON_CHANNEL, DELIVERED, READ or FAILED", D, CALLBACKS),
    Behaviour("delivery", "QUEUED_ON_CHANNEL on every channel, also where its page names fewer states", I, CALLBACKS),
    Behaviour("delivery", "SWITCHING_CHANNEL with a reason, then the next channel under the same id", D, CALLBACKS),
    Behaviour("delivery", "A failure after acceptance switches the channel too", I, CALLBACKS),
    Behaviour("delivery", "What was delivered cannot fail any more; states never go back", I, CALLBACKS),
    Behaviour("delivery", "Retries: randomised exponential until retry_duration, the last at the end", D, DOCS),
    Behaviour("delivery", "The first wait is about 1 s, doubled each time, give or take half", I, DOCS),
    Behaviour(
        "delivery", "The queue of an app is drained at 20 a second, high priority first", D, f"{DOCS}/keyconcepts"
    ),
    Behaviour("delivery", "An idle app may send one second's worth at once", I, f"{DOCS}/keyconcepts"),
    Behaviour("delivery", "A ttl that ends before acceptance is FAILED with DELIVERY_TIMED_OUT", I, CALLBACKS),
    Behaviour("delivery", "Without a report in time, the next channel; DELIVERY_TIMED_OUT is its reason", I, DOCS),
    Behaviour("delivery", "Reasons for WhatsApp's, Telegram's and the SMS API's codes: nearest meaning", I, CALLBACKS),
    Behaviour("delivery", "Reasons for WeChat's codes: nearest meaning", I, WECHAT),
    Behaviour("delivery", "WeChat: accepted is all; templates alone are told DELIVERED or FAILED", I, WECHAT),
    Behaviour("delivery", "WeChat: image, voice, video are fetched, uploaded, sent; else the link is text", I, WECHAT),
    Behaviour("delivery", "WeChat's token is asked for once, 2 min before its end again, or when refused", I, WECHAT),
    Behaviour("delivery", "A file whose name tells no type is asked for by HEAD; others are not", I, DOCS),
    Behaviour("delivery", "Of several parts the slowest gives the message's state, one failure fails it", I, CALLBACKS),
    Behaviour("events", "An app event goes to one channel and ends in EVENT_DELIVERY", D, CALLBACKS),
    Behaviour("events", "A recipient that cannot be reached at all is 400 at once", I, REFERENCE),
    Behaviour("events", "What a channel has nothing like is FAILED with UNSUPPORTED_OPERATION", I, CALLBACKS),
    Behaviour("transcoding", "Texts for SMS, WhatsApp, Viber and Telegram", S, f"{DOCS}/channel-support/whatsapp"),
    Behaviour("transcoding", "Texts of other channels are as for SMS", I, f"{DOCS}/message-types"),
    Behaviour("transcoding", "Coordinates pass through single precision", S, NODE),
    Behaviour("transcoding", "messages:transcode for channels other than WhatsApp shows their own JSON", I, NODE),
    Behaviour("transcoding", "WhatsApp cards are native with a bold title over an italic description", I, DOCS),
    Behaviour("transcoding", "Buttons carry message id and postback, or the place of a long one", I, DOCS),
    Behaviour("inbound", "Text, media, media card, location, choice, order, flow answer, reaction", D, CALLBACKS),
    Behaviour("inbound", "Contact cards, and files that cannot be had, come as fallback_message", I, CALLBACKS),
    Behaviour("inbound", "Files lie under links of the gateway's own for 7 days", I, f"{DOCS}/channel-support/chat"),
    Behaviour(
        "inbound", "/start opts in and is a text; blocking the bot opts out", D, f"{DOCS}/channel-support/telegram"
    ),
    Behaviour("inbound", "WeChat: following opts in, unfollowing opts out", I, WECHAT),
    Behaviour("inbound", "WeChat: links, files come as fallback_message; scans, menu taps as UNSUPPORTED", I, WECHAT),
    Behaviour("inbound", "One customer's messages on one channel are told in order, files included", I, CALLBACKS),
    Behaviour("inbound", "A channel's new name replaces one it gave before, with CONTACT_UPDATE", I, CALLBACKS),
    Behaviour("inbound", "Answers to choices and quotes carry the metadata of the original", D, f"{DOCS}/metadata"),
)

NOT_EMULATED: Final = {
    **{o.name: "answered 501 UNIMPLEMENTED" for o in (*routes.V1, *routes.V2) if not o.emulated},
    "sent events": "reported, not kept: they cannot be listed or read back",
    "other channels": "credentials are taken, messages are FAILED with CHANNEL_CONFIGURATION_MISSING",
    "batch host": "there is none",
    "consent keywords": "no list is kept; STOP and START are ordinary texts",
    "unified contact id": "numbers on SMS, RCS and MMS stay as given",
    "omni templates": "there is no template store; such a message is FAILED with TEMPLATE_NOT_FOUND",
    "choice answers by text": "a text that repeats a choice stays a text",
    "order details, payments": "channel_specific_message knows FLOWS only",
    "regions": "one project answers for every region",
    "persist_message_status": "stored and shown, without effect",
    "smart conversations": "no analysis, no redaction",
}
"""What a user of the vendor would look for and not find here."""
