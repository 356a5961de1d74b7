"""One channel alone, as a program of its own: no gateway, no control API, no callback registered.

`python -m harness.benchmark.alone CHANNEL`. One customer exists and has just written, so that every text reaches a
phone; the vendor's rate limits are lifted. The request is the one that the shared suite sends a text with.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import sys

from fake_channels.core.alone import Alone
from fake_channels.core.handset import SendText
from fake_channels.core.serving import calm_collector, loop_factory
from fake_channels.registry import CHANNELS
from fake_channels.tests.rows import rows_of
from harness.benchmark.texts import TEXT
from harness.outcomes import LabDefect


async def _serve(name: str) -> None:
    channel = CHANNELS[name]
    rows = rows_of(channel)
    if rows is None:
        raise LabDefect(f"{name} supplies no rows to the shared suite")
    async with Alone(channel, seed="benchmark", mode="real", limited=False) as alone:
        handset = alone.enrol()
        alone.act(handset, rows.hello or SendText(text="hello"))
        calm_collector()
        ask = rows.send(alone.account, handset, TEXT)
        ready = {
            "ready": True,
            "url": alone.url,
            "path": ask.path,
            "headers": dict(ask.headers),
            "body": base64.b64encode(ask.body).decode(),
        }
        sys.stdout.write(json.dumps(ready) + "\n")
        sys.stdout.flush()
        closed = asyncio.Event()
        asyncio.get_running_loop().add_reader(sys.stdin.fileno(), _until_end, closed)
        await closed.wait()


def _until_end(closed: asyncio.Event) -> None:
    if not os.read(sys.stdin.fileno(), 4_096):
        asyncio.get_running_loop().remove_reader(sys.stdin.fileno())
        closed.set()


def main() -> None:
    """Serve until standard input ends."""
    with asyncio.Runner(loop_factory=loop_factory) as runner:
        runner.run(_serve(sys.argv[1]))


if __name__ == "__main__":
    main()
