"""The numbers and closed sets of the Conversation API, as tables.

Must not know: requests, state. Sources: developers.sinch.com/docs/conversation/api-reference and the models
of the vendor's Java SDK (github.com/sinch/sinch-sdk-java); `fake_sinch.honesty` says how each thing is known.
"""

from typing import Final

from msgspec import Struct

CHANNELS: Final = (
    "WHATSAPP",
    "RCS",
    "SMS",
    "MESSENGER",
    "VIBERBM",
    "MMS",
    "INSTAGRAM",
    "TELEGRAM",
    "KAKAOTALK",
    "KAKAOTALKCHAT",
    "LINE",
    "WECHAT",
    "APPLEBC",
    "VIBER",
    "SINCH_CHAT",
    "SINCH_PUSH",
)
"""The closed set of the contract, then VIBER (gone from it) and two that only callbacks and guides name."""

MSISDN_CHANNELS: Final = frozenset({"WHATSAPP", "RCS", "SMS", "MMS", "VIBERBM", "KAKAOTALK"})
"""Identities here are phone numbers: accepted with or without "+", stored and shown without."""

APP_SCOPED_CHANNELS: Final = frozenset(
    {"MESSENGER", "INSTAGRAM", "TELEGRAM", "VIBER", "LINE", "WECHAT", "KAKAOTALKCHAT"}
)
"""Identities here are worth something only with the app they were met by, and carry its ``app_id``."""

PROFILE_CHANNELS: Final = frozenset({"MESSENGER", "INSTAGRAM", "VIBER", "LINE"})
"""The channels `contacts:getChannelProfile` answers for."""

CREDENTIAL_KEYS: Final[dict[str, tuple[str, ...]]] = {
    "WHATSAPP": ("static_bearer",),
    "RCS": ("static_bearer",),
    "SMS": ("static_bearer",),
    "VIBERBM": ("static_bearer",),
    "MMS": ("mms_credentials",),
    "MESSENGER": ("static_token",),
    "VIBER": ("static_token",),
    "INSTAGRAM": ("instagram_credentials",),
    "TELEGRAM": ("telegram_credentials",),
    "KAKAOTALK": ("kakaotalk_credentials",),
    "KAKAOTALKCHAT": ("kakaotalkchat_credentials",),
    "LINE": ("line_credentials", "line_enterprise_credentials"),
    "WECHAT": ("wechat_credentials",),
    "APPLEBC": ("applebc_credentials",),
    "SINCH_CHAT": ("static_bearer", "static_token"),
    "SINCH_PUSH": ("static_bearer", "static_token"),
}
"""The key under which a channel's credential stands. SINCH_CHAT and SINCH_PUSH have no public object."""

TRIGGERS: Final[dict[str, str]] = {
    "MESSAGE_INBOUND": "message",
    "MESSAGE_INBOUND_SMART_CONVERSATION_REDACTION": "message_redaction",
    "MESSAGE_SUBMIT": "message_submit_notification",
    "MESSAGE_DELIVERY": "message_delivery_report",
    "EVENT_INBOUND": "event",
    "EVENT_DELIVERY": "event_delivery_report",
    "CONVERSATION_START": "conversation_start_notification",
    "CONVERSATION_STOP": "conversation_stop_notification",
    "CONVERSATION_DELETE": "conversation_delete_notification",
    "CONTACT_CREATE": "contact_create_notification",
    "CONTACT_UPDATE": "contact_update_notification",
    "CONTACT_DELETE": "contact_delete_notification",
    "CONTACT_MERGE": "contact_merge_notification",
    "CONTACT_IDENTITIES_DUPLICATION": "duplicated_contact_identities_notification",
    "CAPABILITY": "capability_notification",
    "OPT_IN": "opt_in_notification",
    "OPT_OUT": "opt_out_notification",
    "CHANNEL_EVENT": "channel_event_notification",
    "RECORD_NOTIFICATION": "record_notification",
    "UNSUPPORTED": "unsupported_callback",
    "SMART_CONVERSATION": "smart_conversation_notification",
    "SMART_CONVERSATIONS": "smart_conversation_notification",
    "BATCH_STATUS_UPDATE": "batch_status_update_notification",
}
"""Trigger -> the one particular key of its callback."""

DELIVERY_QUEUE_TRIGGERS: Final = frozenset({"MESSAGE_SUBMIT", "MESSAGE_DELIVERY", "EVENT_DELIVERY"})
"""Callbacks of these wait in the delivery queue, the others in the inbound queue."""

MESSAGE_KINDS: Final = (
    "text_message",
    "media_message",
    "card_message",
    "carousel_message",
    "choice_message",
    "list_message",
    "location_message",
    "template_message",
    "contact_info_message",
)
"""An AppMessage holds exactly one of these."""


class PageSize(Struct, frozen=True):
    """Default and greatest page size of a list."""

    default: int
    most: int


PAGES: Final = {
    "contacts": PageSize(10, 20),
    "conversations": PageSize(10, 20),
    "recent": PageSize(10, 50),
    "messages": PageSize(10, 1000),
    "events": PageSize(10, 20),
    "conflicts": PageSize(20, 20),
    "consents": PageSize(10, 50),
}

METADATA_CHARS: Final = 1024
"""message_metadata, and the metadata of contacts, conversations and injected messages."""
CONVERSATION_METADATA_BYTES: Final = 2048
CORRELATION_ID_CHARS: Final = 128
WEBHOOKS_PER_APP: Final = 5
WEBHOOK_TARGET_CHARS: Final = 742
FORBIDDEN_WEBHOOK_HOST: Final = r"^conversation-api\..*sinch\.com$"
"""Hosts that may not be a webhook's target: the API calling itself."""
NEVER_RETRIED_HOSTS: Final = ("webhook.site",)
TTL_SECONDS: Final = (3, 315_576_000_000)
TOKEN_EXPIRES_IN: Final = (30, 3600)
"""What a customer's token endpoint may say in ``expires_in``."""
INJECT_AGE_DAYS: Final = 30
BODY_BYTES: Final = 1_048_576
"""The most bytes of a request body; longer ones are refused."""
