"""Which addresses may be touched: what a host resolves to is checked."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Sequence
from typing import Any

from healthnews.errors import PageError, UsageError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Endpoint = tuple[socket.AddressFamily, tuple[Any, ...]]
"""Address family and numeric socket address, ready for `connect`."""

_MUST_BE_NAMED = tuple(
    ipaddress.ip_network(text)
    for text in (
        "169.254.0.0/16",
        "fe80::/10",
        # Where clouds hand credentials to their machines; 168.63.129.16 (Azure) looks like any public address.
        "169.254.169.254/32",
        "fd00:ec2::254/128",
        "fd20:ce::254/128",
        "100.100.100.200/32",
        "168.63.129.16/32",
    )
)
"""Opened only by an allowed network that lies inside each of these it touches, never by a wide one."""
_GLOBAL_IPV6 = ipaddress.ip_network("2000::/3")
"""The only global unicast block. Source: IANA IPv6 address space registry."""
_SPECIAL = tuple(ipaddress.ip_network(text) for text in ("192.0.0.0/24", "192.88.99.0/24", "3fff::/20"))
"""Special-purpose blocks that `is_global` of Python 3.11 lets pass. Source: IANA special-purpose address registries."""
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


class Guard:
    """Lets through global addresses, and what the person who runs the crawl has allowed.

    Args:
        allowed: Networks in CIDR form, or single addresses, that may be touched although they are not global.

    Raises:
        UsageError: One of them is no network.
    """

    def __init__(self, allowed: Sequence[str] = ()) -> None:
        self._allowed = [_network(text) for text in allowed]

    def check(self, host: str, port: int) -> list[Endpoint]:
        """Where a connection to the host may be made, in the order of the resolver.

        Whatever the spelling of the host (decimal, hexadecimal, short, full-width), the answer holds numeric addresses.

        Raises:
            PageError: `dns` or `dns_temporary` when it does not resolve; `blocked_address` when any of its addresses may not be touched.
        """
        endpoints = _resolve(host, port)
        faces = {face for _, (text, *_) in endpoints for face in _faces(ipaddress.ip_address(text.partition("%")[0]))}
        # Sorted, because resolvers turn their answers round and equal refusals must read equal.
        blocked = sorted(str(face) for face in faces if not self._is_allowed(face))
        if blocked:
            named = host if host == blocked[0] else f"{host!r} ({blocked[0]})"
            detail = f"{named} is not a public address; --allow-address {blocked[0]} opens it"
            raise PageError("blocked_address", detail)
        return endpoints

    def _is_allowed(self, address: Address) -> bool:
        named = [network for network in _MUST_BE_NAMED if address in network]
        if any(address in network and all(_is_inside(network, special) for special in named) for network in self._allowed):
            return True
        return not named and _is_global(address)


def _network(text: str) -> Network:
    try:
        return ipaddress.ip_network(text.strip(), strict=False)
    except ValueError as error:
        raise UsageError(f"{text!r} is no network, expected an address or CIDR such as 10.0.0.0/8 or ::1") from error


def _is_inside(inner: Network, outer: Network) -> bool:
    return inner.version == outer.version and inner[0] in outer and inner[-1] in outer


def _is_global(address: Address) -> bool:
    if address.version == 6 and address not in _GLOBAL_IPV6:
        return False
    is_special = address.is_multicast or address.is_reserved or address.is_unspecified or any(address in network for network in _SPECIAL)
    return address.is_global and not is_special


def _faces(address: Address) -> list[Address]:
    """The addresses that a packet may end at: those of a tunnel and, where the outer one is a mere spelling, only the inner."""
    if isinstance(address, ipaddress.IPv4Address):
        return [address]
    if address.ipv4_mapped is not None:
        return [address.ipv4_mapped]
    if address in _NAT64:
        return [ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)]
    if address.sixtofour is not None:
        return [address, address.sixtofour]
    if address.teredo is not None:
        return [address, *address.teredo]
    return [address]


def _resolve(host: str, port: int) -> list[Endpoint]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        if error.errno == socket.EAI_AGAIN:
            raise PageError("dns_temporary", f"{host} cannot be resolved for now, expected an address") from error
        raise PageError("dns", f"{host!r} does not resolve, expected the name or address of a host") from error
    except (OSError, ValueError) as error:
        raise PageError("dns", f"{host!r} is no name of a host: {error}") from error
    return list(dict.fromkeys((family, tuple(address)) for family, _, _, _, address in found))
