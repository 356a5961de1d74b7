"""Where the lab may connect to."""

from __future__ import annotations

import ipaddress
import socket

import pytest

from fake_channels.core.addresses import InsideAddress, is_allowed, socket_factory

ALLOWED = ["127.0.0.1", "127.9.9.9", "::1", "8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "::ffff:127.0.0.1"]
REFUSED = [
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",  # noqa: S104  an address that must be refused, not one to bind to
    "255.255.255.255",
    "224.0.0.1",
    "198.18.0.1",
    "::",
    "fe80::1",
    "fc00::1",
    "ff02::1",
    "64:ff9b::a00:1",
    "64:ff9b:1::a00:1",
    "2002:a00:1::1",
    "fec0::1",
    "::10.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
]


@pytest.mark.parametrize("address", ALLOWED)
def test_this_machine_and_public_addresses_are_allowed(address: str) -> None:
    """Loopback is where the lab lives; public is where real vendors do."""
    assert is_allowed(ipaddress.ip_address(address), ())


@pytest.mark.parametrize("address", REFUSED)
def test_inside_addresses_are_refused_in_every_disguise(address: str) -> None:
    """Private, link-local, metadata, multicast, mapped and translated ones."""
    assert not is_allowed(ipaddress.ip_address(address), ())


def test_configuration_adds_a_network_and_nothing_beside_it() -> None:
    """Also for the mapped spelling."""
    extra = (ipaddress.ip_network("10.1.0.0/16"),)
    assert is_allowed(ipaddress.ip_address("10.1.2.3"), extra)
    assert is_allowed(ipaddress.ip_address("::ffff:10.1.2.3"), extra)
    assert not is_allowed(ipaddress.ip_address("10.2.0.1"), extra)


def test_no_socket_is_opened_to_a_forbidden_address() -> None:
    """The connector asks before it connects; a scope does not confuse it."""
    make = socket_factory()
    for family, where in (
        (socket.AF_INET, ("10.0.0.1", 80)),
        (socket.AF_INET6, ("fe80::1%eth0", 80, 0, 0)),
    ):
        with pytest.raises(InsideAddress, match="by configuration"):
            make((family, socket.SOCK_STREAM, 0, "", where))
    made = make((socket.AF_INET, socket.SOCK_STREAM, 0, "", ("127.0.0.1", 80)))
    assert not made.getblocking()
    made.close()
