"""The lab's settings, checked once at start."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from typing import Final

from fake_channels.core.addresses import Network
from fake_channels.core.trace import DEFAULT_HISTORY

DEFAULT_CONTROL_PORT = 8600
MAX_CUSTOMERS: Final = 100_000
"""Of one world."""
MAX_FAULTS: Final = 1_000
"""Of one world: each is looked at with every call."""


class LabMisconfigured(ValueError):
    """The settings contradict each other; the message says which and how to mend it."""


@dataclass(frozen=True)
class LabSettings:
    """How a lab is served. Ports are by host name; 0 picks a free one, a missing one is the host's default."""

    bind: str = "127.0.0.1"
    control_port: int = DEFAULT_CONTROL_PORT
    ports: dict[str, int] = field(default_factory=dict)
    free_ports: bool = False
    """Pick a free port for every host that `ports` does not name."""
    control_token: str = ""
    history: int = DEFAULT_HISTORY
    """How many hops a world's trace keeps."""
    max_worlds: int = 1_000
    """How many worlds may be open at once."""
    allow_networks: tuple[Network, ...] = ()
    """Inside networks, besides this machine, that the lab may connect to."""

    def __post_init__(self) -> None:
        """Refuse what would expose the lab."""
        if not is_loopback(self.bind) and not self.control_token:
            raise LabMisconfigured(
                f"{self.bind} is reachable from other machines: give a control token with --control-token or "
                "BRIDGELAB_CONTROL_TOKEN, or bind to 127.0.0.1"
            )

    def port_of(self, host: str, default: int) -> int:
        """The port to listen on for a host."""
        return self.ports.get(host, 0 if self.free_ports else default)


def is_loopback(bind: str) -> bool:
    """True when nobody but this machine reaches that address."""
    if bind == "localhost":
        return True
    try:
        return ipaddress.ip_address(bind).is_loopback
    except ValueError:
        raise LabMisconfigured(f"{bind!r} is not an IP address: bind for instance to 127.0.0.1") from None


def parse_networks(values: list[str]) -> tuple[Network, ...]:
    """Networks in CIDR form, such as `10.1.0.0/16`."""
    try:
        return tuple(ipaddress.ip_network(value) for value in values)
    except ValueError as error:
        raise LabMisconfigured(f"--allow-network: {error}; write for instance 10.1.0.0/16") from None


def parse_ports(values: list[str]) -> dict[str, int]:
    """Ports by server name, from `name=port` texts."""
    found: dict[str, int] = {}
    for value in values:
        name, _, number = value.partition("=")
        if not name or not number.isdecimal() or int(number) > 65_535:  # noqa: PLR2004  the last port
            raise LabMisconfigured(f"--server-port {value!r}: write for instance telegram=9022")
        found[name] = int(number)
    return found
