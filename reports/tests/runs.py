"""Builds run files in code: each function gives one valid line, with whatever the test is about changed.

It writes the contract's words by hand, so that a mistake in ``reports.model`` cannot hide here.
"""

import hashlib
import json
from pathlib import Path
from typing import Any

JsonObject = dict[str, Any]

CHANNELS = [("whatsapp", "WhatsApp"), ("telegram", "Telegram"), ("sms", "SMS")]


def requirement(identity: str = "CP-MSG-001", level: str = "MUST", **changes: Any) -> JsonObject:
    """One requirement of the suite."""
    made = {
        "id": identity,
        "level": level,
        "sentence": f"Sentence of {identity}.",
        "area": "Messages",
        "source": "vendor",
    }
    return {**made, **changes}


def header(*requirements: JsonObject, **changes: Any) -> JsonObject:
    """The first line."""
    subject = {
        "name": "contactpro-bridge",
        "version": "0.1.0",
        "channels": [name for name, _ in CHANNELS],
        "features": ["templates"],
        "clock": True,
    }
    made = {
        "type": "header",
        "schema": "bridgelab-run/1",
        "run_id": "run-1",
        "started_at": "2024-05-06T07:08:09.123Z",
        "bridgelab": "0.1.0",
        "subject": subject,
        "suite": {"revision": "2024.1", "requirements": list(requirements) or [requirement()]},
        "channels": [{"name": name, "title": title} for name, title in CHANNELS],
        "seed": 42,
        "command": ["bridgelab", "test", "--channel", "all"],
    }
    return {**made, **changes}


def step(text: str = "the customer writes", outcome: str = "pass", **changes: Any) -> JsonObject:
    """One step."""
    return {"keyword": "When", "text": text, "outcome": outcome, "duration_ms": 1.5, "message": None, **changes}


def scenario(identity: str = "messages-text", outcome: str = "pass", **changes: Any) -> JsonObject:
    """One scenario."""
    made = {
        "type": "scenario",
        "id": identity,
        "feature": "Messages",
        "name": f"Name of {identity}",
        "file": "messages/text.feature",
        "line": 7,
        "tags": ["@CP-MSG-001"],
        "requirements": ["CP-MSG-001"],
        "channel": "whatsapp",
        "outcome": outcome,
        "reason": None if outcome == "pass" else f"reason of {identity}",
        "duration_ms": 12.25,
        "steps": [step()],
        "world": "w-1",
        "trace": [event()],
    }
    return {**made, **changes}


def message(body: str | None = '{"text":"hello"}', **changes: Any) -> JsonObject:
    """A request or response."""
    raw = (body or "").encode("utf-8", "replace")
    made = {
        "headers": {"Content-Type": "application/json"},
        "body": body,
        "encoding": "text",
        "bytes": len(raw),
        "sha256": hashlib.sha256(raw).hexdigest(),
        "truncated": False,
    }
    return {**made, **changes}


def event(seq: int = 1, **changes: Any) -> JsonObject:
    """One HTTP hop from the gateway to the subject."""
    made = {
        "seq": seq,
        "at": "2024-01-01T10:00:00.250Z",
        "wall": "2024-05-06T07:08:10.000Z",
        "kind": "http",
        "source": "sinch",
        "target": "subject",
        "name": "webhook MESSAGE_INBOUND",
        "method": "POST",
        "url": "http://127.0.0.1:8610/webhook?x=1",
        "request": message(),
        "status": 200,
        "response": message("{}"),
        "duration_ms": 3.5,
        "ids": ["01HX"],
        "note": None,
    }
    return {**made, **changes}


def plain_event(seq: int, kind: str, name: str, source: str = "", target: str = "", **changes: Any) -> JsonObject:
    """An event that is no HTTP hop."""
    quiet = dict.fromkeys(("method", "url", "request", "status", "response", "duration_ms", "note"))
    return event(seq, kind=kind, name=name, source=source, target=target, **{"ids": [], **quiet, **changes})


def verdict(identity: str = "CP-MSG-001", word: str = "pass", channel: str = "whatsapp", **changes: Any) -> JsonObject:
    """One verdict."""
    made = {
        "type": "verdict",
        "requirement": identity,
        "channel": channel,
        "verdict": word,
        "reason": None if word == "pass" else f"because {word}",
        "scenarios": ["messages-text"],
    }
    return {**made, **changes}


def footer(exit_code: int = 0, **counts: int) -> JsonObject:
    """The last line."""
    return {
        "type": "footer",
        "finished_at": "2024-05-06T07:09:09Z",
        "duration_ms": 60_123.0,
        "counts": counts or {"pass": 1},
        "exit_code": exit_code,
    }


def small(*scenarios: JsonObject, exit_code: int = 0, verdicts: list[JsonObject] | None = None) -> list[JsonObject]:
    """A whole run around some scenarios, with counts that agree."""
    shown = list(scenarios) or [scenario()]
    counts: dict[str, int] = {}
    for one in shown:
        counts[one["outcome"]] = counts.get(one["outcome"], 0) + 1
    return [header(), *shown, *([verdict()] if verdicts is None else verdicts), footer(exit_code, **counts)]


def write(folder: Path, lines: list[JsonObject]) -> Path:
    """The lines as a run file."""
    path = folder / "run.jsonl"
    path.write_bytes(b"".join(json.dumps(line, ensure_ascii=False).encode() + b"\n" for line in lines))
    return path
