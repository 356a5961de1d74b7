"""What sets one messaging product of the Send API apart from another, as data, and how their refusals are told.

Messenger and Instagram speak the same Send API and the same webhooks; their limits, ids and errors differ. Each
describes itself by one `Platform`; the other modules of this package read it and never ask which product they serve.
Must not know: state, requests, time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal

import msgspec

from fake_channels.core.ids import Ids
from fake_channels.core.tables import VendorError


class Problem(msgspec.Struct, frozen=True):
    """One way in which Graph refuses: its error and, where it has one, the subcode."""

    error: VendorError
    subcode: int | None = None


class Refused(Exception):
    """The request is not what the API takes; `fields` fill the placeholders of the error's text."""

    def __init__(self, problem: Problem, **fields: Any) -> None:
        super().__init__(problem.error.text)
        self.problem = problem
        self.fields = {name: str(value) for name, value in fields.items()}
        self.wait_ms: int = fields.get("wait_ms", 0)
        """How long a caller who came too often must wait; 0 when it is not about that."""


class Problems(msgspec.Struct, frozen=True, kw_only=True):
    """The refusals of the Send API that every product has, each with codes of its own."""

    invalid: Problem
    """`{why}` says what is wrong."""
    too_long: Problem
    """`{param}`, `{most}`."""
    empty: Problem
    both: Problem
    no_user: Problem
    unavailable: Problem
    """The person blocked the business."""
    window: Problem
    bad_tag: Problem
    rate: Problem
    fetch: Problem
    upload: Problem
    size: Problem
    no_attachment: Problem
    no_message: Problem
    not_a_page_token: Problem
    expired: Problem


class FileRule(msgspec.Struct, frozen=True):
    """Which files one kind of attachment takes."""

    types: tuple[str, ...]
    """Accepted media types; empty accepts any."""
    max_bytes: int
    timeout_s: float
    """How long a fetch of it may take."""


class Platform(msgspec.Struct, frozen=True, kw_only=True):
    """One messaging product."""

    name: str
    """Prefix of its id streams."""
    object: str
    """What its webhooks are about: https://developers.facebook.com/docs/graph-api/webhooks/reference."""
    usage: str
    """Its name in the usage header."""
    cdn_path: str
    """Where people's files lie, before the account's id."""
    new_mid: Callable[[Ids], str]
    problems: Problems
    files: Mapping[str, FileRule]
    """By kind of attachment."""
    fields: tuple[str, ...]
    """Webhook fields that an account can be subscribed to."""
    echo_field: str
    edit_field: str
    delivery_field: str
    """Empty where no deliveries are told."""
    text_max: int
    text_unit: Literal["characters", "bytes"]
    tags: frozenset[str]
    tag_ms: int
    """How long after a person's message a tag lets the business write."""
    window_ms: int
    typing_ms: int
    texts_per_second: int
    """Sends of everything but recordings."""
    recordings_per_second: int
    """Sends of audio and video."""
    attachment_ms: int
    """How long an uploaded attachment may be sent again."""
    file_url_ms: int
    """How long a URL of a file is good."""
    menu_needs_get_started: bool
    reactions: Mapping[str, str]
    """Names of reactions by emoji; every other emoji is `other`."""
