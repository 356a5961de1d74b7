"""`python -m harness.lab`: the lab alone, without bridge and pages, for programs that start it."""

from __future__ import annotations

import argparse
import logging
import os
import sys

from fake_channels.core.serving import PortInUse
from harness.lab import serve
from harness.lab.lab import hosts
from harness.lab.settings import DEFAULT_CONTROL_PORT, LabMisconfigured, LabSettings, parse_networks, parse_ports

_CONFIGURATION = 2


def parser() -> argparse.ArgumentParser:
    """The options of the lab process."""
    made = argparse.ArgumentParser(
        prog="python -m harness.lab",
        description="Serve the fake gateway, the fake channels and the control API; print one JSON line when ready.",
    )
    made.add_argument("--bind", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    made.add_argument(
        "--port",
        type=int,
        default=DEFAULT_CONTROL_PORT,
        help="control API port, 0 = any free one (default: %(default)s)",
    )
    made.add_argument(
        "--server-port",
        action="append",
        default=[],
        metavar="NAME=PORT",
        help=f"port of one server ({', '.join(f'{host.name}={host.port}' for host in hosts())}); repeatable",
    )
    made.add_argument("--control-token", default="", help="token that callers of the control API must show")
    made.add_argument(
        "--max-worlds", type=int, default=LabSettings.max_worlds, help="worlds open at once (default: %(default)s)"
    )
    made.add_argument(
        "--history", type=int, default=LabSettings.history, help="hops kept per world (default: %(default)s)"
    )
    made.add_argument(
        "--allow-network",
        action="append",
        default=[],
        metavar="CIDR",
        help="inside network that the lab may connect to",
    )
    made.add_argument("--die-with-parent", action="store_true", help="end when standard input closes")
    return made


def main(arguments: list[str] | None = None) -> int:
    """Run it; returns the exit code."""
    options = parser().parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    try:
        settings = LabSettings(
            bind=options.bind,
            control_port=options.port,
            ports=parse_ports(options.server_port),
            free_ports=options.port == 0,
            control_token=options.control_token or os.environ.get("BRIDGELAB_CONTROL_TOKEN", ""),
            history=options.history,
            max_worlds=options.max_worlds,
            allow_networks=parse_networks(options.allow_network),
        )
        serve.run(settings, die_with_parent=options.die_with_parent)
    except (LabMisconfigured, PortInUse) as error:
        sys.stderr.write(f"bridgelab: {error}\n")
        return _CONFIGURATION
    return 0


if __name__ == "__main__":
    sys.exit(main())
