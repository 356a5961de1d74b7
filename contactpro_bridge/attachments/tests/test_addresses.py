"""The table of inside and outside addresses."""

import pytest

from contactpro_bridge.attachments.addresses import is_outside, may_connect, parse_address

INSIDE = [
    "0.0.0.0",  # noqa: S104 - a literal to refuse, nothing is bound
    "10.0.0.1",
    "100.64.0.1",
    "127.0.0.1",
    "127.255.255.254",
    "169.254.169.254",
    "172.16.0.1",
    "192.0.0.9",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b:1::7f00:1",
    "100::1",
    "2001::1",
    "2001:db8::1",
    "2002:7f00:1::1",
    "3fff::1",
    "fc00::1",
    "fd12:3456:789a::1",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "ff0e::1",
]


@pytest.mark.parametrize("ip", INSIDE)
def test_inside_addresses_are_refused(ip: str) -> None:
    """An address that is private, special, multicast or wraps another one is not outside."""
    address = parse_address(ip)
    assert address is not None
    assert not is_outside(address)
    assert not may_connect(ip, "media.example", frozenset())


@pytest.mark.parametrize("ip", ["1.1.1.1", "93.184.215.14", "::ffff:1.1.1.1", "2606:4700::1111", "2a00:1450::1"])
def test_public_unicast_addresses_are_allowed(ip: str) -> None:
    """A public unicast address needs no exception."""
    assert may_connect(ip, "media.example", frozenset())


@pytest.mark.parametrize(
    ("ip", "host", "allowed"),
    [
        ("127.0.0.1", "127.0.0.1", "127.0.0.1"),
        ("::ffff:127.0.0.1", "x.example", "127.0.0.1"),
        ("10.1.2.3", "Media.Inside.", "media.inside"),
        ("fd00::1", "x.example", "[FD00:0::1]"),
    ],
)
def test_configured_exceptions_are_allowed(ip: str, host: str, allowed: str) -> None:
    """A configured host is allowed wherever it resolves to, a configured address under every name and spelling."""
    assert may_connect(ip, host, frozenset({allowed}))


def test_an_exception_covers_nothing_else() -> None:
    """An exception for one host or address opens no other, and no sub-domain."""
    allowed = frozenset({"127.0.0.1", "media.inside"})
    assert not may_connect("127.0.0.2", "other.example", allowed)
    assert not may_connect("10.0.0.1", "x.media.inside", allowed)


def test_nonsense_is_no_address() -> None:
    """What cannot be read as an address is never connected to, even for an allowed host."""
    assert not may_connect("nonsense", "ok", frozenset({"ok"}))
