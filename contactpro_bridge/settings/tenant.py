"""One tenant's settings: messaging services, queues and routes, agents and their rights, chat settings, templates.

The same model reads a ``[tenants.NAME]`` table of the TOML file and the body of the admin API. It knows no database
and no clock.
"""

import hashlib
import re
from collections.abc import Sequence
from typing import Annotated, Any, Final, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator
from yarl import URL

from contactpro_bridge.ids import is_hex32

Right = Literal["chats", "files", "consents:view", "consents:edit", "templates:view"]
SEND_SUFFIX: Final = "/messages:send"
_CENTURY_S: Final = 100 * 366 * 86_400
_SHA256: Final = re.compile(r"[0-9a-f]{64}")

_Name = Annotated[str, Field(min_length=1, max_length=100)]
_UrlName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
_Delays = Annotated[list[Annotated[float, Field(gt=0, le=86_400)]], Field(max_length=50)]


class Model(BaseModel):
    """The base of all settings: unknown keys are mistakes, and a mistake never shows the value (it may be a secret)."""

    model_config = ConfigDict(
        extra="forbid", hide_input_in_errors=True, frozen=True, str_strip_whitespace=True, allow_inf_nan=False
    )


def digest(token: str) -> str:
    """Return the form in which an agent's token is kept and looked up: its SHA-256, in hex.

    What a header says need not be UTF-8; such bytes arrive as lone surrogates, and belong to nobody.
    """
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def base_url(value: str) -> str:
    """Return a URL that links can be made from; an empty one stays. Raises ValueError for any other."""
    if not value:
        return value
    url = URL(value)
    if url.scheme not in {"http", "https"}:
        raise ValueError("must begin with http:// or https://")
    if not url.host or url.user is not None or url.password is not None or set("?#") & set(value):
        raise ValueError("must name a host, and have no user, query or fragment")
    return value


def stable_id(*parts: str) -> str:
    """Return a 32-hex id that is the same for the same parts, for things that were given none."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32].upper()


class ServiceSettings(Model):
    """A messaging service (``sinchconversation``): a project's connection, and one webhook secret for its apps."""

    name: _UrlName = Field(description="Name of the service; the last segment of its webhook URL.")
    service_connection: str = Field(
        description="Full URL of the send call, ``https://REGION.conversation.api.sinch.com/v1/projects/ID/messages:send``."
    )
    token_url: str | None = Field(
        default=None,
        description="OAuth2 token endpoint, ``https://auth.sinch.com/oauth2/token``. Empty: Basic authentication.",
    )
    key_id: str = Field(min_length=1, description="Access key id. ``KEY@APP`` is understood as key id and app id.")
    app_id: str = Field(default="", description="The app that agent-initiated chats are sent from.")
    key_secret: str = Field(min_length=1, repr=False, description="Secret of the access key.")
    webhook_secret: str = Field(
        default="", repr=False, description="Secret shared by all webhooks of this service's apps."
    )

    @model_validator(mode="before")
    @classmethod
    def _split_key(cls, data: Any) -> Any:
        if isinstance(data, dict) and isinstance(key := data.get("key_id"), str) and "@" in key:
            key_id, _, app_id = key.partition("@")
            return {**data, "key_id": key_id, "app_id": data.get("app_id") or app_id}
        return data

    @field_validator("key_id")
    @classmethod
    def _fits_basic(cls, value: str) -> str:
        if ":" in value:
            raise ValueError("must not contain a colon")
        return value

    @field_validator("service_connection")
    @classmethod
    def _is_send_url(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.netloc or not parts.path.endswith(SEND_SUFFIX):
            raise ValueError("must be a full http(s) URL that ends in /v1/projects/PROJECT/messages:send")
        return value

    @field_validator("token_url")
    @classmethod
    def _is_url(cls, value: str | None) -> str | None:
        if not value:
            return None
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.netloc:
            raise ValueError("must be a full http(s) URL, or absent for Basic authentication")
        return value

    @property
    def project_url(self) -> str:
        """Return the base of all calls of this project."""
        return self.service_connection.removesuffix(SEND_SUFFIX)


class QueueSettings(Model):
    """A chat queue."""

    name: _Name = Field(description="Name of the queue.")
    id: str = Field(default="", description="32 upper-case hex digits; made from the name when absent.")
    address: str = Field(default="", description="External e-mail-like address.")

    @field_validator("id")
    @classmethod
    def _has_form(cls, value: str) -> str:
        if value and not is_hex32(value.upper()):
            raise ValueError("must be 32 hex digits")
        return value.upper()

    @property
    def queue_id(self) -> str:
        """Return the given id, or the one that belongs to the name."""
        return self.id or stable_id("queue", self.name)


class RouteSettings(Model):
    """A row of the routing table; ``*`` matches anything, and the row that says most wins."""

    service: str = Field(default="*", description="Name of a service, or ``*``.")
    app_id: str = Field(default="*", description="App id, or ``*``.")
    channel: str = Field(default="*", description="Channel as Sinch spells it (``WHATSAPP``), or ``*``.")
    queue: str = Field(description="Name of the queue.")


class AgentSettings(Model):
    """An agent: who signs in with a token, may do what the rights say, and serves queues."""

    name: _Name = Field(description="Name of the agent.")
    id: str = Field(default="", max_length=100, description="Id of the agent; made from the name when absent.")
    token: str = Field(default="", repr=False, description="Bearer token of the agent API, at least 16 characters.")
    token_sha256: str = Field(default="", repr=False, description="Instead of the token: its SHA-256 in hex.")
    rights: list[Right] = Field(default_factory=list, description="What the agent may see and do.")
    queues: list[str] | None = Field(default=None, description="Queues the agent serves; absent: all.")

    @model_validator(mode="before")
    @classmethod
    def _hash_token(cls, data: Any) -> Any:
        if isinstance(data, dict) and isinstance(token := data.get("token"), str) and token:
            if len(token) < 16:  # noqa: PLR2004 - said in the field's description
                raise ValueError("token must have at least 16 characters")
            return {**data, "token": "", "token_sha256": digest(token)}
        return data

    @field_validator("token_sha256")
    @classmethod
    def _lower_case(cls, value: str) -> str:
        return value.lower()

    @model_validator(mode="after")
    def _has_token(self) -> "AgentSettings":
        if _SHA256.fullmatch(self.token_sha256) is None:
            raise ValueError("give the agent a token (or its token_sha256 of 64 hex digits)")
        return self

    @property
    def agent_id(self) -> str:
        """Return the given id, or the one that belongs to the name."""
        return self.id or stable_id("agent", self.name)


class TemplateSettings(Model):
    """A WhatsApp template as the administrator made it known to agents."""

    name: _Name = Field(description="Name of the approved template.")
    language: str = Field(min_length=2, max_length=20, description="Language code, such as ``en_US``.")
    text: str = Field(default="", max_length=4096, description="Body as agents see it, with ``{{1}}`` placeholders.")
    parameters: list[str] = Field(
        default_factory=list, description="Parameter names that must be given, such as ``body[1]text``."
    )
    folder: str = Field(default="", max_length=200, description="Reply-template folder it is shown in.")


class ChatSettings(Model):
    """Chat settings of a tenant; names follow the administrator's page where it has one."""

    max_attachment_bytes: int = Field(
        default=16 * 1024 * 1024, ge=1, le=1024**3, description="Greatest outgoing file, in bytes."
    )
    allowed_file_types: list[str] = Field(
        default_factory=list,
        description="Extensions agents may send, or one text split by ``,`` or ``;``. Empty: all but executables.",
    )
    public_base_url: str = Field(
        default="",
        description="URL of this bridge for the public; ``/TENANT/sms/richcontent`` may follow. Empty: the server's.",
    )
    retention_seconds: int = Field(
        default=86_400, ge=1, le=_CENTURY_S, description="How long a published file is reachable, in seconds."
    )
    download_max_bytes: int = Field(
        default=100 * 1024 * 1024, ge=1, le=4 * 1024**3, description="Greatest incoming file, in bytes."
    )
    download_retry_seconds: _Delays = Field(
        default=[2, 10, 60, 300], description="Waits between attempts to download an incoming file."
    )
    send_retry_seconds: _Delays = Field(
        default=[1, 2, 5, 10, 30, 60, 120, 300, 600],
        description="Waits between attempts to send a message that the Conversation API could not take.",
    )
    enforce_whatsapp_window: bool = Field(
        default=True, description="Refuse at once what WhatsApp's 24-hour rule would refuse later."
    )
    manage_whatsapp_opt_ins: bool = Field(
        default=False,
        description="Keep permanent WhatsApp opt-ins here, and allow templates only to who opted in. Off: another "
        "system does, and outside the window templates may be sent.",
    )
    metadata_precedence: Literal["metadata", "message_metadata"] = Field(
        default="metadata", description="Which of the two metadata fields wins when both give the same key."
    )
    strict_webhook_signatures: bool = Field(
        default=False, description="Refuse the webhooks of a service that has no webhook secret."
    )
    webhook_max_age_seconds: int = Field(
        default=172_800, ge=0, le=_CENTURY_S, description="Refuse signed webhooks older than this; 0: never."
    )
    show_receipts: bool = Field(default=True, description="Show sent, delivered and read to agents.")

    @field_validator("public_base_url")
    @classmethod
    def _is_base(cls, value: str) -> str:
        return base_url(value)

    @field_validator("allowed_file_types", mode="before")
    @classmethod
    def _split_types(cls, value: Any) -> Any:
        return (
            [part for part in value.replace(";", ",").split(",") if part.strip()] if isinstance(value, str) else value
        )


class TenantSettings(Model):
    """Everything that is configured for one tenant."""

    services: list[ServiceSettings] = Field(default_factory=list, description="Messaging services.")
    queues: list[QueueSettings] = Field(default_factory=list, description="Chat queues.")
    routes: list[RouteSettings] = Field(default_factory=list, description="Which chats land in which queue.")
    catch_all_queue: str | None = Field(default=None, description="Queue of chats that no route matches.")
    agents: list[AgentSettings] = Field(default_factory=list, description="Agents.")
    chat_settings: ChatSettings = Field(default_factory=ChatSettings, description="Chat settings.")
    templates: list[TemplateSettings] = Field(
        default_factory=list, description="WhatsApp templates. Empty: any name may be sent."
    )
    allow_internal_hosts: list[str] = Field(
        default_factory=list, description="Inside hosts that incoming files may be fetched from (labs only)."
    )

    @model_validator(mode="after")
    def _is_consistent(self) -> "TenantSettings":
        _unique("services", [service.name for service in self.services])
        _unique("queues", [queue.name for queue in self.queues])
        _unique("agents", [agent.agent_id for agent in self.agents])
        _unique("agents' tokens", [agent.token_sha256 for agent in self.agents])
        known = {queue.name for queue in self.queues}
        wanted = [route.queue for route in self.routes]
        wanted += [self.catch_all_queue] if self.catch_all_queue else []
        wanted += [name for agent in self.agents for name in agent.queues or []]
        for name in wanted:
            if name not in known:
                raise ValueError(f"queue {name!r} is not among the queues; add it or correct the name")
        return self

    def warnings(self) -> list[str]:
        """Return what is allowed but probably not meant."""
        found = []
        for service in self.services:
            if not service.webhook_secret:
                reaction = "refused" if self.chat_settings.strict_webhook_signatures else "accepted unverified"
                found.append(f"Service {service.name!r} has no webhook secret: its webhooks are {reaction}.")
            if service.app_id != service.app_id.upper():
                found.append(
                    f"Service {service.name!r}: the app id has lower-case letters; the vendor writes capitals."
                )
        if not self.catch_all_queue:
            found.append("There is no catch-all queue: chats that no route matches wait outside every queue.")
        return found


def _unique(what: str, names: Sequence[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise ValueError(f"{what} must be unique, but two share one name or token")
        seen.add(name)
