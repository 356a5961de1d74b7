"""`python -m harness.miniatures`: serve one miniature bridge until standard input closes."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys

from harness.miniatures.defects import BY_NAME
from harness.miniatures.serving import CORRECT, served


async def serve(name: str, port: int) -> None:
    """Serve the named miniature, say so on one line, and end with standard input."""
    async with served(name, port) as bridge:
        sys.stdout.write(json.dumps({"ready": True, "url": bridge.base_url}) + "\n")
        sys.stdout.flush()
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


def main() -> None:
    """Parse the name and the port."""
    parser = argparse.ArgumentParser(prog="python -m harness.miniatures", description=__doc__)
    parser.add_argument("--defect", default=CORRECT, choices=[CORRECT, *BY_NAME], help="which miniature")
    parser.add_argument("--port", type=int, default=0, help="0: any free port")
    given = parser.parse_args()
    asyncio.run(serve(given.defect, given.port))


if __name__ == "__main__":
    main()
