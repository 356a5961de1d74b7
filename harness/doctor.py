"""The preflight: is everything in place for a run, and if not, what has to be done?

Every check is one question with an answer and, when the answer is no, the fix. Later checks that need an
earlier one are left out. The round trips use a world and a scenario stage of their own, like any scenario.
"""

from __future__ import annotations

import re
import socket
import sqlite3
import sys
from dataclasses import dataclass
from importlib import metadata
from typing import TYPE_CHECKING

from fake_channels.registry import CHANNELS
from harness import callbacks
from harness.drivers.contract import Feature, FileMessage, Refused, TextMessage
from harness.evidence import SUCCESS, published_url, sends
from harness.evidence import callbacks as delivered
from harness.outcomes import Problem
from harness.samples import sample
from harness.stage import Stage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from harness.bench import Bench
    from harness.stage import Person

NOT_FOUND = 404
OLDEST_PYTHON = (3, 11)
OLDEST_SQLITE_FOR_NEW_PYTHON = (3, 42)
PORTS = {8600: "control API", 8601: "Conversation API", 8610: "reference bridge"} | {
    channel.host.port: f"{channel.host.name} server" for channel in CHANNELS.values()
}


@dataclass(frozen=True, slots=True)
class Check:
    """One question, its answer, and what to do about a no."""

    name: str
    ok: bool
    answer: str
    fix: str = ""


def machine_checks() -> Iterator[Check]:
    """Look at what is installed, without touching the network."""
    python = ".".join(str(part) for part in sys.version_info[:3])
    yield Check("Python", sys.version_info >= OLDEST_PYTHON, python, "use Python 3.11 or newer")
    sqlite_ok = sys.version_info < (3, 12) or sqlite3.sqlite_version_info >= OLDEST_SQLITE_FOR_NEW_PYTHON
    yield Check(
        "SQLite",
        sqlite_ok,
        sqlite3.sqlite_version,
        "Python 3.12 and newer need SQLite 3.42 for the reference bridge: upgrade it, or use Python 3.11",
    )
    yield Check("bridgelab", True, metadata.version("bridgelab"))  # noqa: FBT003 - the answer is the version


def bridge_checks() -> Iterator[Check]:
    """Say whether the reference bridge's own packages are here; a subject of somebody else's needs none of them."""
    missing = [name for name in _extra("bridge") if not _is_installed(name)]
    yield Check(
        "reference bridge",
        not missing,
        f"not installed: {', '.join(missing)}" if missing else "installed",
        "in the clone, run pip install -e '.[bridge,harness]'; or name a bridge of your own with --subject",
    )


def _extra(name: str) -> list[str]:
    """The distributions that an extra of this project brings."""
    marked = [row.partition(";") for row in metadata.requires("bridgelab") or []]
    wanted = re.compile(rf"extra == ['\"]{name}['\"]")
    return [re.split(r"[^\w.-]", row)[0] for row, _, marker in marked if wanted.search(marker)]


def _is_installed(name: str) -> bool:
    try:
        metadata.version(name)
    except metadata.PackageNotFoundError:
        return False
    return True


def port_checks(host: str = "127.0.0.1") -> Iterator[Check]:
    """Say for each of the usual ports whether it is free: what `bridgelab up` needs."""
    for port, what in PORTS.items():
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError as taken:
                yield Check(
                    f"port {port} ({what})",
                    ok=False,
                    answer=f"taken: {taken.strerror}",
                    fix="a lab may be running already; otherwise choose other ports, or `bridgelab up --port 0`",
                )
            else:
                yield Check(f"port {port} ({what})", ok=True, answer="free")


def subject_checks(open_bench: Callable[[], Bench]) -> Iterator[Check]:
    """Reach lab and subject, configure a world, and go round every wire once."""
    try:
        bench = open_bench()
    except Problem as trouble:
        yield Check("subject reachable", ok=False, answer=trouble.sentence, fix=trouble.hint)
        return
    about = bench.description
    yield Check("subject reachable", ok=True, answer=f"{about.name} {about.version}")
    stage = Stage(bench, "doctor")
    try:
        stage.open()
        yield Check("configure a world", ok=True, answer=f"webhook {stage.webhook_url}")
        yield from _wire_checks(stage)
    except Problem as trouble:
        yield Check("configure and use a world", ok=False, answer=trouble.sentence, fix=trouble.hint)
    finally:
        _close(stage)


def _close(stage: Stage) -> None:
    try:
        stage.close()
    except Problem:
        return


def _wire_checks(stage: Stage) -> Iterator[Check]:
    yield from _webhook(stage)
    channels = sorted(stage.open().channels)
    if not channels:
        yield Check("channels", ok=False, answer="none in common", fix="claim a channel that the lab has")
        return
    person = stage.customer(channels[0])
    stage.act(person, "send_text", text="Hello from bridgelab doctor")
    arrived = delivered(stage.look_at_trace(), "MESSAGE_INBOUND")
    answers = sorted({event.status for event in arrived if event.status is not None})
    yield Check(
        "lab to subject: callbacks",
        any(status in SUCCESS for status in answers),
        f"{len(arrived)} delivered, answered {answers}",
        "set `addresses.webhook` to the subject's webhook as the lab sees it",
    )
    yield from _outbound(stage, person)


def _webhook(stage: Stage) -> Iterator[Check]:
    callback = callbacks.Callback(b"{}", {"Content-Type": "application/json"})
    status = stage.run(callbacks.post(stage.bench.session, stage.webhook_url, callback))
    yield Check(
        "webhook URL",
        status != NOT_FOUND and status not in SUCCESS,
        f"an empty, unsigned callback is answered {status}",
        "404 means that `addresses.webhook` leads elsewhere; 2xx means that signatures are not checked",
    )


def _outbound(stage: Stage, person: Person) -> Iterator[Check]:
    answer = stage.send(person, TextMessage("Hello from the agent"))
    calls = sends(stage.look_at_trace())
    told = answer.message if isinstance(answer, Refused) else f"{[call.status for call in calls]}"
    yield Check(
        "subject to lab: Conversation API and token",
        any(call.status in SUCCESS for call in calls),
        f"{len(calls)} send calls, answered {told}",
        "set `addresses.sinch` and `addresses.token` to the lab's servers as the subject sees them",
    )
    if Feature.FILES_OUT not in stage.bench.description.features:
        return
    image = sample("image", "doctor")
    stage.send(person, FileMessage(image.name, image.mime, image.content))
    url = published_url(stage.look_at_trace())
    shown = [item for item in stage.screen(person).items if item.media is not None]
    yield Check(
        "channels to subject: public files",
        bool(shown),
        f"published at {url}; {'on the phone' if shown else 'not on the phone'}",
        "set `addresses.public_files` to the base of the subject's public files as the channels see it",
    )
