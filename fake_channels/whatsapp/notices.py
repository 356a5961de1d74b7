"""What WhatsApp tells beyond messages and their statuses: reviews of templates, preferences, changes of a customer's.

Pure. Source: https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference
"""

from __future__ import annotations

from typing import Any

from fake_channels.whatsapp.state import Template
from fake_channels.whatsapp.wire import Json, Sender, envelope


def _change(waba_id: str, field: str, value: Json, at: int) -> Json:
    entry = {"id": waba_id, "time": at // 1000, "changes": [{"field": field, "value": value}]}
    return {"object": "whatsapp_business_account", "entry": [entry]}


def render_template_status(waba_id: str, template: Template, at: int) -> Json:
    """A template has another status."""
    value: Json = {
        "event": template.status,
        "message_template_id": int(template.id),
        "message_template_name": template.name,
        "message_template_language": template.language,
        "message_template_category": template.category,
        "reason": template.reason,
    }
    if template.status == "REJECTED":
        value["rejection_info"] = {
            "reason": "The template does not follow the guidelines.",
            "recommendation": "Change its content and submit it again.",
        }
    return _change(waba_id, "message_template_status_update", value, at)


def render_template(template: Template) -> Json:
    """A template as it is listed."""
    told: Json = {
        "name": template.name,
        "parameter_format": template.parameter_format,
        "components": template.components,
        "language": template.language,
        "status": template.status,
        "category": template.category,
        "rejected_reason": template.reason,
        "quality_score": {"score": "UNKNOWN", "date": template.changed_at // 1000},
        "id": template.id,
    }
    return told


def render_preference(sender: Sender, at: int, *, marketing: bool) -> Json:
    """A customer wants, or no longer wants, marketing messages."""
    preference = {
        **sender.customer("wa_id", "user_id"),
        "detail": "User requested to resume marketing messages" if marketing else "User requested to stop them",
        "category": "marketing_messages",
        "value": "resume" if marketing else "stop",
        "timestamp": at // 1000,
    }
    contact = {"profile": sender.profile(), **sender.customer("wa_id", "user_id")}
    told = envelope(sender, contacts=[contact], user_preferences=[preference])
    told["entry"][0]["changes"][0]["field"] = "user_preferences"
    return told


def render_number_change(sender: Sender, wamid: str, at: int, old: str, body: str) -> Json:
    """A customer has another number: the message comes from the old one, and names no contacts."""
    system = {"body": body, "wa_id": sender.wa_id, "user_id": sender.user_id, "type": "user_changed_number"}
    message = {"from": old, "id": wamid, "timestamp": str(at // 1000), "type": "system", "system": system}
    return envelope(sender, messages=[message])


def edited(original_id: str, content: Json) -> Json:
    """The content of a message that tells of an edit."""
    return {"type": "edit", "edit": {"original_message_id": original_id, "message": content}}


def revoked(original_id: str) -> Json:
    """The content of a message that tells of a deletion."""
    return {"type": "revoke", "revoke": {"original_message_id": original_id}}


def referral(ad_id: str, base_url: str) -> dict[str, Any]:
    """Which advertisement led to a message."""
    return {
        "source_url": f"{base_url}/ads/{ad_id}",
        "source_id": ad_id,
        "source_type": "ad",
        "headline": "Chat with us",
        "body": "We are happy to help.",
        "media_type": "image",
        "image_url": f"{base_url}/ads/{ad_id}/image",
        "ctwa_clid": f"clid.{ad_id}",
    }
