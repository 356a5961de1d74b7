"""Which network addresses a customer-supplied link may lead to.

Pure: knows addresses and host names, no socket and no resolver. The answer is a list of what is allowed
(the world's public unicast addresses, minus the ranges that wrap or relay another address), so that an
unforeseen range is inside.
"""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import TypeAlias

Address: TypeAlias = IPv4Address | IPv6Address

# Everything assigned for global unicast lies here (https://www.iana.org/assignments/ipv6-address-space/).
# What lies elsewhere (loopback, link-local, fc00::/7, 64:ff9b::/96, ::a.b.c.d) wraps or names something
# inside.
_IPV6_UNICAST = IPv6Network("2000::/3")

# The standard library of Python 3.11 calls these global; each leads to an IPv4 address of the sender's
# choice, to the nearest relay, or to documentation.
_NOT_REALLY_GLOBAL: tuple[IPv4Network | IPv6Network, ...] = (
    IPv4Network("192.88.99.0/24"),
    IPv4Network("192.0.0.0/24"),
    IPv6Network("2001::/32"),
    IPv6Network("2002::/16"),
    IPv6Network("3fff::/20"),
)


def parse_address(text: str) -> Address | None:
    """Return the address that ``text`` spells, IPv4-mapped ones unwrapped, zones dropped; else None."""
    try:
        address = ip_address(text.strip("[]").partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def is_outside(address: Address) -> bool:
    """Tell whether ``address`` is a public unicast one, the only kind that a customer's link may reach."""
    if isinstance(address, IPv6Address) and address not in _IPV6_UNICAST:
        return False
    if address.is_multicast or not address.is_global:
        return False
    return not any(address.version == net.version and address in net for net in _NOT_REALLY_GLOBAL)


def normalise_host(host: str) -> str:
    """Return one spelling per host: lower case, no brackets, no final dot, addresses canonical."""
    address = parse_address(host)
    return host.strip("[]").rstrip(".").lower() if address is None else str(address)


def may_connect(ip: str, host: str, allowed_hosts: frozenset[str]) -> bool:
    """Tell whether a connection to ``ip``, asked for as ``host``, may be opened.

    ``allowed_hosts`` holds the configured exceptions, host names or addresses. A name that is allowed is
    allowed wherever it resolves to: whoever configured it also answers for its DNS.
    """
    allowed = {normalise_host(entry) for entry in allowed_hosts}
    address = parse_address(ip)
    if address is None:
        return False
    return is_outside(address) or normalise_host(host) in allowed or str(address) in allowed
