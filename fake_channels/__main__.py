"""`python -m fake_channels --channel telegram`: channels as servers of their own, without gateway and lab.

It prints what a client needs to connect and who the customers are, and serves a small control API by which somebody
acts as these customers. Nothing beyond the base installation is needed.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence

from fake_channels.core.control import options, serve
from fake_channels.core.serving import PortInUse
from fake_channels.registry import CHANNELS

_CONFIGURATION = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run it; returns the exit code: 0 when somebody ended it, 2 when it could not begin."""
    chosen = options.read(arguments, CHANNELS)
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    try:
        serve.run(chosen)
    except (PortInUse, serve.NoSuchAddress) as error:
        sys.stderr.write(f"fake_channels: {error}\n")
        return _CONFIGURATION
    return 0


if __name__ == "__main__":
    sys.exit(main())
