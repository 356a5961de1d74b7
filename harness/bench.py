"""The bench: one lab, one subject and one client loop, shared by every scenario of a process.

A `BenchSpec` is plain data, so that pytest-xdist's workers receive it from their controller and open a bench of
their own on the same two processes. It starts nothing (that is `launch`) and judges nothing.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import aiohttp

from harness.client import LabClient
from harness.drivers.contract import Description, Driver
from harness.drivers.http import HttpDriver
from harness.drivers.reference import ReferenceDriver
from harness.loop import LoopThread
from harness.outcomes import ConfigurationProblem
from harness.subject import DriverKind, Subject

if TYPE_CHECKING:
    from types import TracebackType

    from harness.launch import BridgeAddress, LabAddress


@dataclass(frozen=True, slots=True)
class BenchSpec:
    """Where lab and subject are, ready to be handed to another process."""

    control_url: str
    control_token: str | None
    subject: Subject

    def to_json(self) -> str:
        """Return the spec as text, credentials included: for our own child processes only."""
        subject = self.subject.model_dump(mode="json", by_alias=True)
        return json.dumps([self.control_url, self.control_token, subject])

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Return the spec that `to_json` wrote."""
        control_url, control_token, subject = json.loads(text)
        return cls(control_url, control_token, Subject.model_validate(subject))


def spec_for(subject: Subject, lab: LabAddress, bridge: BridgeAddress | None) -> BenchSpec:
    """Return the spec for a lab and a subject, with a started bridge's address in place of the file's."""
    if bridge is not None:
        subject = subject.model_copy(update={"url": bridge.url, "token": bridge.admin_token, "token_env": None})
    return BenchSpec(lab.control_url, lab.control_token, subject)


def make_driver(subject: Subject, session: aiohttp.ClientSession) -> Driver:
    """Return the driver that a subject file asks for, over an open session."""
    if subject.url is None:
        raise ConfigurationProblem("the subject has no URL", "set `url` in subject.toml, or `start = true`")
    token = subject.secret()
    if subject.driver is DriverKind.HTTP:
        return HttpDriver(session, subject.url, token)
    if token is None:
        raise ConfigurationProblem(
            "the reference driver has no admin token", "set `token` or `token_env` in subject.toml"
        )
    return ReferenceDriver(session, subject.url, token)


def described(subject: Subject, said: Description) -> Description:
    """Return the description with the claims that subject.toml sets in place of the subject's own."""
    claims = subject.claims
    return Description(
        name=subject.name,
        version=said.version,
        channels=said.channels if claims.channels is None else claims.channels,
        features=said.features if claims.features is None else frozenset(feature.value for feature in claims.features),
        clock=said.clock if claims.clock is None else claims.clock,
    )


class Bench:
    """Open connections to lab and subject, on a loop of their own."""

    def __init__(self, spec: BenchSpec) -> None:
        self.spec = spec
        self.subject = spec.subject
        self.loop = LoopThread()
        try:
            self.session = self.loop.run(_open_session())
            self.lab = LabClient(self.session, spec.control_url, spec.control_token)
            self.lab_channels = frozenset(self.loop.run(self.lab.channels()))
            self.driver = make_driver(spec.subject, self.session)
            self.description = described(spec.subject, self.loop.run(self.driver.describe()))
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close the connections and the loop."""
        session: Any = getattr(self, "session", None)
        if session is not None:
            self.loop.run(_close_session(session))
        self.loop.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


async def _open_session() -> aiohttp.ClientSession:
    return aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))


async def _close_session(session: aiohttp.ClientSession) -> None:
    await session.close()
    # One turn of the loop lets the transports close before the loop does.
    await asyncio.get_running_loop().run_in_executor(None, lambda: None)
