"""`python -m harness.miniatures`: serve one miniature bridge until standard input closes."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys

import aiohttp
from aiohttp import web

from harness.miniatures.bridge import MiniBridge
from harness.miniatures.defects import BY_NAME
from harness.miniatures.server import Face

CORRECT = "correct"


async def serve(name: str, port: int) -> None:
    """Serve the named miniature, say so on one line, and end with standard input."""
    kind = MiniBridge if name == CORRECT else BY_NAME[name].bridge
    async with aiohttp.ClientSession() as session:
        bridge = kind(session)
        runner = web.AppRunner(Face(bridge, f"miniature {name}").app(), access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", port)
        await site.start()
        bridge.base_url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        sys.stdout.write(json.dumps({"ready": True, "url": bridge.base_url}) + "\n")
        sys.stdout.flush()
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
        await runner.cleanup()


def main() -> None:
    """Parse the name and the port."""
    parser = argparse.ArgumentParser(prog="python -m harness.miniatures", description=__doc__)
    parser.add_argument("--defect", default=CORRECT, choices=[CORRECT, *BY_NAME], help="which miniature")
    parser.add_argument("--port", type=int, default=0, help="0: any free port")
    given = parser.parse_args()
    asyncio.run(serve(given.defect, given.port))


if __name__ == "__main__":
    main()
