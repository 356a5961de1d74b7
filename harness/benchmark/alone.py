"""The WhatsApp channel alone, as a program of its own: no gateway, no control API, no callback registered.

One customer exists and has just written, so that every text reaches a phone.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys

from fake_channels import whatsapp
from fake_channels.core.alone import Alone
from fake_channels.core.handset import SendText
from fake_channels.core.serving import calm_collector, loop_factory


async def _serve() -> None:
    async with Alone(whatsapp.CHANNEL, seed="benchmark", mode="real") as alone:
        handset = alone.enrol()
        alone.act(handset, SendText(text="hello"))
        calm_collector()
        ready = {
            "ready": True,
            "url": alone.url,
            "path": f"/v23.0/{alone.account.phone_number_id}/messages",
            "token": alone.account.token,
            "identity": handset.identity,
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
        runner.run(_serve())


if __name__ == "__main__":
    main()
