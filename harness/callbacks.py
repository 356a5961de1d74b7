"""Conversation API callbacks made by hand, for what no customer can cause: metadata, forgeries, repetitions.

The same bytes and signature headers as the vendor's. Building is pure; `post` is the one that sends.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import aiohttp

from harness.outcomes import SubjectFailure
from harness.world import render_time

if TYPE_CHECKING:
    import datetime as dt

POST_TIMEOUT_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Sender:
    """On whose behalf a callback speaks."""

    project_id: str
    app_id: str
    channel: str
    identity: str
    contact_id: str
    conversation_id: str


@dataclass(frozen=True, slots=True)
class Callback:
    """A callback ready to be posted."""

    body: bytes
    headers: dict[str, str]


def made_up_ulid(*parts: str) -> str:
    """Return an id of the vendor's shape that derives from the parts alone."""
    alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    digest = hashlib.sha256("/".join(parts).encode()).digest()
    return "01" + "".join(alphabet[byte % 32] for byte in digest[:24])


def message_inbound(
    sender: Sender,
    message_id: str,
    now: dt.datetime,
    text: str,
    *,
    metadata: str = "",
    message_metadata: str = "",
) -> dict[str, Any]:
    """Return the body of a MESSAGE_INBOUND callback with one text."""
    instant = render_time(now)
    return {
        "app_id": sender.app_id,
        "accepted_time": instant,
        "event_time": instant,
        "project_id": sender.project_id,
        "message": {
            "id": message_id,
            "direction": "TO_APP",
            "contact_message": {"text_message": {"text": text}},
            "channel_identity": {"channel": sender.channel, "identity": sender.identity, "app_id": ""},
            "conversation_id": sender.conversation_id,
            "contact_id": sender.contact_id,
            "metadata": metadata,
            "accept_time": instant,
            "sender_id": "",
            "processing_mode": "CONVERSATION",
            "injected": False,
        },
        "message_metadata": message_metadata,
        "correlation_id": "",
    }


def signature(secret: str, body: bytes, nonce: str, timestamp: str) -> str:
    """Return base64 of HMAC-SHA256 over body, nonce and timestamp, joined by points."""
    signed = b".".join((body, nonce.encode(), timestamp.encode()))
    return base64.b64encode(hmac.new(secret.encode(), signed, hashlib.sha256).digest()).decode()


def sealed(document: dict[str, Any], secret: str | None, nonce: str, now: dt.datetime) -> Callback:
    """Return the callback as bytes, signed with the secret, or unsigned without one."""
    body = json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()
    headers = {"Content-Type": "application/json"}
    if secret is not None:
        timestamp = str(int(now.timestamp()))
        headers |= {
            "x-sinch-webhook-signature": signature(secret, body, nonce, timestamp),
            "x-sinch-webhook-signature-timestamp": timestamp,
            "x-sinch-webhook-signature-nonce": nonce,
            "x-sinch-webhook-signature-algorithm": "HmacSHA256",
        }
    return Callback(body, headers)


async def post(session: aiohttp.ClientSession, url: str, callback: Callback) -> int:
    """Return the status with which the subject answers a callback."""
    try:
        async with session.post(
            url,
            data=callback.body,
            headers=callback.headers,
            timeout=aiohttp.ClientTimeout(total=POST_TIMEOUT_SECONDS),
        ) as response:
            await response.read()
            return response.status
    except (aiohttp.ClientError, TimeoutError) as broken:
        raise SubjectFailure(f"the subject does not answer a callback at {url}: {broken}") from broken
