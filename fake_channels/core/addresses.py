"""Where the lab may connect to: this machine and public addresses, other inside addresses only by configuration."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable
from typing import Any, TypeAlias

Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network
Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
SocketFactory: TypeAlias = Callable[[Any], socket.socket]

# Addresses that the standard library calls global though they may lead inside: NAT64 (RFC 6052, RFC 8215),
# 6to4 (RFC 3056), IPv4-compatible (RFC 4291, 2.5.5.1) and site-local (RFC 3879).
_TRANSLATED = tuple(
    ipaddress.ip_network(net) for net in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "::/96", "fec0::/10")
)


class InsideAddress(OSError):
    """The address is not one the lab may connect to."""


def is_allowed(address: Address, extra: tuple[Network, ...]) -> bool:
    """True for loopback, public unicast, and whatever configuration adds."""
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        return is_allowed(address.ipv4_mapped, extra)
    if address.is_loopback or any(address in network for network in extra):
        return True
    translated = any(address in network for network in _TRANSLATED)
    return address.is_global and not address.is_multicast and not translated


def socket_factory(extra: tuple[Network, ...] = ()) -> SocketFactory:
    """A factory for `aiohttp.TCPConnector` that opens no socket to a forbidden address."""

    def make(info: Any) -> socket.socket:
        family, kind, proto, _, sockaddr = info
        if not is_allowed(ipaddress.ip_address(sockaddr[0].partition("%")[0]), extra):
            raise InsideAddress(f"{sockaddr[0]} is an inside address: allow its network by configuration first")
        made = socket.socket(family, kind, proto)
        made.setblocking(False)  # noqa: FBT003  the socket API
        return made

    return make
