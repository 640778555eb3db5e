"""Only addresses that may be touched are touched, however they are spelled."""

import ipaddress
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthnews.crawl.guard import Guard
from healthnews.crawl.transport import Transport
from healthnews.errors import PageError, UsageError
from tests.tls import over_tls
from tests.web import LOOPBACK, RawServer, Reply, Site, sends


def resolve_to(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> list[str]:
    """Let names resolve to these addresses, the nth lookup to the nth answer; the names that are looked up are returned."""
    asked: list[str] = []

    def getaddrinfo(host: str, port: int, **kwargs: Any) -> list[tuple[Any, ...]]:
        asked.append(host)
        texts = answers[min(len(asked), len(answers)) - 1]
        return [(socket.AF_INET6 if ":" in text else socket.AF_INET, socket.SOCK_STREAM, 6, "", (text, port)) for text in texts]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return asked


def refusal(host: str, *allowed: str) -> PageError:
    with pytest.raises(PageError) as caught:
        Guard(allowed).check(host, 80)
    return caught.value


def is_open(host: str, *allowed: str) -> bool:
    try:
        return bool(Guard(allowed).check(host, 80))
    except PageError as error:
        if error.reason != "blocked_address":
            raise
        return False


@pytest.mark.parametrize(
    "host", ["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "1.1.1.1", "64:ff9b::101:101", "2002:101:101::1"]
)
def test_a_public_address_is_open(host: str) -> None:
    assert is_open(host)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "224.0.0.1", "240.0.0.1",
        "255.255.255.255", "192.0.0.192", "192.88.99.1", "198.18.0.1", "100.100.100.200", "168.63.129.16",
        "::", "::1", "fe80::1", "fe80::1%lo", "fc00::1", "fec0::1", "ff02::1", "2001:db8::1", "3fff::1", "fd00:ec2::254", "4000::1",
        "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "2002:7f00:1::1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1",
        "2001:0:7f00:1::1",
    ],
)  # fmt: skip
def test_an_address_that_is_not_public_is_closed(host: str) -> None:
    assert not is_open(host)


@pytest.mark.parametrize(
    "host", ["2130706433", "0x7f000001", "0x7f.1", "127.1", "127.0.1", "0177.0.0.1", "0", "１２７.0.0.1", "127。0。0。1"]
)
def test_an_odd_spelling_of_loopback_does_not_slip_by(host: str) -> None:
    assert refusal(host).reason == "blocked_address"


@pytest.mark.parametrize("host", ["", "a" * 64 + ".example", "\ud800", "a..b"])
def test_what_is_no_host_does_not_resolve(host: str) -> None:
    assert refusal(host).reason in ("dns", "dns_temporary")


@given(st.ip_addresses())
def test_no_address_is_open_that_python_calls_not_global(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
    is_nat64 = address in ipaddress.ip_network("64:ff9b::/96")
    inner = getattr(address, "ipv4_mapped", None) or (ipaddress.IPv4Address(int(address) & 0xFFFFFFFF) if is_nat64 else None)
    is_surely_closed = not (inner or address).is_global or (inner or address).is_multicast
    assert not (is_surely_closed and is_open(str(address)))


@given(st.ip_addresses(v=4))
def test_an_ipv4_address_is_no_more_open_for_being_wrapped_in_ipv6(address: ipaddress.IPv4Address) -> None:
    number = int(address)
    sixtofour = ipaddress.IPv6Address((0x2002 << 112) | (number << 80) | 1)
    for spelling in (f"::ffff:{address}", str(ipaddress.IPv6Address((0x64FF9B << 96) | number)), str(sixtofour)):
        assert is_open(spelling) == is_open(str(address))


def test_a_host_is_closed_when_one_of_its_addresses_is(monkeypatch: pytest.MonkeyPatch) -> None:
    resolve_to(monkeypatch, ["93.184.215.14", "10.0.0.7"])
    assert refusal("mixed.example").detail == "'mixed.example' (10.0.0.7) is not a public address; --allow-address 10.0.0.7 opens it"


def test_equal_refusals_read_equal_whatever_the_order_of_the_resolver(monkeypatch: pytest.MonkeyPatch) -> None:
    resolve_to(monkeypatch, ["10.0.0.9", "10.0.0.7"], ["10.0.0.7", "10.0.0.9"])
    assert refusal("a.example").detail == refusal("a.example").detail


@pytest.mark.parametrize(("errno", "reason"), [(socket.EAI_NONAME, "dns"), (socket.EAI_AGAIN, "dns_temporary"), (socket.EAI_FAIL, "dns")])
def test_a_name_that_cannot_be_resolved_for_now_is_told_from_one_that_is_none(
    monkeypatch: pytest.MonkeyPatch, errno: int, reason: str
) -> None:
    def getaddrinfo(*args: Any, **kwargs: Any) -> None:
        raise socket.gaierror(errno, "no")

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    assert refusal("a.example").reason == reason


@pytest.mark.parametrize(
    ("host", "network"), [("127.0.0.1", "127.0.0.0/8"), ("::1", "::1"), ("10.1.2.3", "10.0.0.0/8"), ("fc00::1", "::/0")]
)
def test_an_allowed_network_opens_its_addresses(host: str, network: str) -> None:
    assert not is_open(host)
    assert is_open(host, network)


@pytest.mark.parametrize("network", ["0.0.0.0/0", "169.0.0.0/8", "169.254.0.0/16", "::/0"])
@pytest.mark.parametrize("host", ["169.254.169.254", "::ffff:169.254.169.254"])
def test_a_wide_network_does_not_open_the_metadata_address(host: str, network: str) -> None:
    assert not is_open(host, network)
    assert is_open(host, "169.254.169.254/32")


@pytest.mark.parametrize(
    ("host", "wide", "named"),
    [
        ("169.254.1.1", "168.0.0.0/6", "169.254.1.0/24"),
        ("fe80::1", "::/0", "fe80::/10"),
        ("100.100.100.200", "100.64.0.0/10", "100.100.100.200"),
        ("fd00:ec2::254", "fd00::/8", "fd00:ec2::254/128"),
        ("168.63.129.16", "168.0.0.0/8", "168.63.129.16"),
    ],
)
def test_link_local_and_metadata_addresses_must_be_named(host: str, wide: str, named: str) -> None:
    assert not is_open(host, wide)
    assert is_open(host, named)


def test_what_a_refusal_advises_opens_the_address() -> None:
    for host in ("127.0.0.1", "::ffff:10.0.0.1", "fe80::1%lo", "64:ff9b::a9fe:a9fe"):
        advised = refusal(host).detail.partition("--allow-address ")[2].split()[0]
        assert is_open(host, advised)


@pytest.mark.parametrize("text", ["10.0.0.0/33", "localhost", "", "10.0.0"])
def test_what_is_no_network_is_named(text: str) -> None:
    with pytest.raises(UsageError, match="is no network") as caught:
        Guard(["10.0.0.0/8", text])
    assert repr(text) in str(caught.value)


# --- the connection


def get(transport: Transport, url: str) -> bytes:
    with transport.get(url, {}, 5, 5) as response:
        return response.read()


def test_a_blocked_address_is_never_connected_to_and_its_refusal_arrives_as_it_is() -> None:
    with RawServer(lambda connection: None) as server, pytest.raises(PageError) as caught:
        get(Transport(Guard()), server.url())
    assert caught.value.reason == "blocked_address"
    assert server.connections == 0


def test_the_connection_is_made_to_the_address_that_was_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    with Site({"/": Reply(b"ok")}) as site:
        asked = resolve_to(monkeypatch, ["127.0.0.1"], ["10.0.0.1"])
        response = get(Transport(Guard(["127.0.0.1"])), f"http://rebind.example:{site.port}/")
    assert response == b"ok"
    assert asked == ["rebind.example"], "looked up once, so that it cannot change between check and connection"
    assert site.requests[0].headers["host"] == f"rebind.example:{site.port}"


def test_each_connection_is_checked_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    with Site({"/": Reply(b"ok")}) as site:
        resolve_to(monkeypatch, ["127.0.0.1"], ["10.0.0.1"])
        transport = Transport(Guard(["127.0.0.1"]))
        get(transport, f"http://rebind.example:{site.port}/")
        with pytest.raises(PageError, match=r"10\.0\.0\.1"):
            get(transport, f"http://rebind.example:{site.port}/")
    assert len(site.requests) == 1


def test_the_next_address_is_tried_when_one_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    with Site({"/": Reply(b"ok")}) as site:
        resolve_to(monkeypatch, ["127.0.0.2", "127.0.0.1"])
        assert get(Transport(Guard(LOOPBACK)), f"http://two.example:{site.port}/") == b"ok"


@pytest.fixture
def tls_server(certificate: Path) -> Iterator[RawServer]:
    with RawServer(over_tls(certificate, sends(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")), reads_request=False) as server:
        yield server


def test_tls_is_verified_for_the_name_and_not_the_address(
    monkeypatch: pytest.MonkeyPatch, certificate: Path, tls_server: RawServer
) -> None:
    resolve_to(monkeypatch, ["127.0.0.1"])
    transport = Transport(Guard(LOOPBACK), ca_file=str(certificate))
    assert get(transport, f"https://named.example:{tls_server.port}/") == b"ok"
    with pytest.raises(ssl.SSLError, match=r"other\.example"):
        get(transport, f"https://other.example:{tls_server.port}/")


def test_a_certificate_that_nobody_vouches_for_is_refused(monkeypatch: pytest.MonkeyPatch, tls_server: RawServer) -> None:
    resolve_to(monkeypatch, ["127.0.0.1"])
    with pytest.raises(ssl.SSLError, match="self-signed"):
        get(Transport(Guard(LOOPBACK)), f"https://named.example:{tls_server.port}/")
