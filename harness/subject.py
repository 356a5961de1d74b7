"""`subject.toml`: which bridge is judged, how it is reached, and what it claims.

Every URL that passes between the lab and the subject can be rewritten here, on both sides, so that a proxy
may stand on any wire. All mistakes of a file are reported at once, each with its key. It knows no driver.
"""

from __future__ import annotations

import os
import tomllib
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit, urlunsplit

import pydantic

from harness.drivers.contract import Feature
from harness.outcomes import ConfigurationProblem

SCHEMA = "bridgelab-subject/1"


class DriverKind(StrEnum):
    """How the suite reaches the agent side."""

    REFERENCE = "reference"
    HTTP = "http"


def _base_url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        raise ValueError("must be an absolute http or https URL, for example http://127.0.0.1:8610")
    return text.rstrip("/")


Url = Annotated[str, pydantic.AfterValidator(_base_url)]


class _Table(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(extra="forbid", frozen=True)


class Claims(_Table):
    """What the subject claims; an absent list leaves the driver's own description standing."""

    channels: frozenset[str] | None = None
    features: frozenset[Feature] | None = None
    clock: bool | None = None


class Addresses(_Table):
    """Base URLs that replace scheme, host and port of the ones that lab and subject name themselves."""

    webhook: Url | None = None
    """Where the lab sends callbacks: the subject's webhook as the lab sees it."""
    sinch: Url | None = None
    """Where the subject finds the Conversation API: service connection as the subject sees it."""
    token: Url | None = None
    """Where the subject finds the token endpoint."""
    public_files: Url | None = None
    """The public base URL of files: the subject as the channels see it, with its path."""
    lab_as_seen_outside: dict[str, Url] = {}
    """Server name (sinch, graph, telegram, sms) to the base URL that the lab hands out for it."""


class Subject(_Table):
    """A bridge to be judged; with `start`, the suite starts the reference bridge and knows its URL."""

    format: Literal["bridgelab-subject/1"] = pydantic.Field(default="bridgelab-subject/1", alias="schema")
    name: str = "contactpro_bridge"
    driver: DriverKind = DriverKind.REFERENCE
    start: bool = False
    url: Url | None = None
    token: str | None = None
    token_env: str | None = None
    basic_auth: bool = False
    """Have the subject use Basic authentication at the Conversation API: no token URL is handed to it."""
    media_hosts: tuple[str, ...] = ("127.0.0.1",)
    claims: Claims = Claims()
    addresses: Addresses = Addresses()

    @pydantic.model_validator(mode="after")
    def _reachable(self) -> Self:
        if self.start and self.driver is not DriverKind.REFERENCE:
            raise ValueError("`start = true` is for the reference bridge; start any other one and give its `url`")
        if not self.start and self.url is None:
            raise ValueError("`url` is missing: say where the subject listens, or set `start = true`")
        return self

    def secret(self) -> str | None:
        """Return the driver's token, from the file or from the environment variable that the file names."""
        if self.token_env is None:
            return self.token
        value = os.environ.get(self.token_env)
        if value is None:
            raise ConfigurationProblem(
                f"the environment variable {self.token_env} is not set",
                "`token_env` in subject.toml names it as the place of the driver's token",
            )
        return value


REFERENCE_SUBJECT = Subject(start=True)
"""The subject of a run that names none: the reference bridge, started by the lab."""


def load_subject(path: Path) -> Subject:
    """Return the subject that a file describes; raise `ConfigurationProblem` with every mistake in it."""
    try:
        document = tomllib.loads(path.read_text("utf-8"))
    except OSError as missing:
        raise ConfigurationProblem(
            f"{path} cannot be read: {missing.strerror}", "pass --subject with the path of a subject.toml"
        ) from missing
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as wrong:
        raise ConfigurationProblem(f"{path} is not TOML: {wrong}") from wrong
    try:
        return Subject.model_validate(document)
    except pydantic.ValidationError as wrong:
        found = "; ".join(_mistake(error["loc"], error["msg"]) for error in wrong.errors())
        raise ConfigurationProblem(f"{path}: {found}", "correct the named keys") from wrong


def _mistake(location: tuple[int | str, ...], message: str) -> str:
    key = ".".join(str(part) for part in location)
    sentence = message.removeprefix("Value error, ")
    return f"{key}: {sentence}" if key else sentence


def rebase(url: str, base: str | None) -> str:
    """Return the URL with scheme, host and port (and a path prefix, if any) of another base."""
    if base is None:
        return url
    parts, onto = urlsplit(url), urlsplit(base)
    path = f"{onto.path.rstrip('/')}{parts.path}"
    return urlunsplit((onto.scheme, onto.netloc, path, parts.query, parts.fragment))
