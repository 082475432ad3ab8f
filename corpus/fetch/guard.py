"""What may be asked for: web URLs on public addresses.

Goes in: a URL, or the address that a connection would be made to. Comes out: the outcome that refuses it, or
none. Addresses: IANA IPv4 and IPv6 Special-Purpose Address Registries (RFC 6890), written out because
Python's own answer (`ipaddress.is_global`) changes between patch releases.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from corpus.fetch.outcomes import ADDRESS_REFUSED, BAD_URL, DATA_URI, PORT_REFUSED, UNSUPPORTED_SCHEME
from corpus.urls import DEFAULT_PORTS, normalise

NOT_PUBLIC_IPV4 = tuple(
    ipaddress.IPv4Network(network)
    for network in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # carrier-grade translation
        "127.0.0.0/8",  # loopback
        "168.63.129.16/32",  # Azure's platform services, inside every Azure network
        "169.254.0.0/16",  # link-local, cloud metadata among it
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments
        "192.0.2.0/24",  # documentation
        "192.88.99.0/24",  # 6to4 relays, withdrawn
        "192.168.0.0/16",  # private
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
    )
)
GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
NOT_PUBLIC_IPV6 = tuple(
    ipaddress.IPv6Network(network)
    for network in (
        "2001::/23",  # protocol assignments, Teredo among them
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4: carries an IPv4 address of its sender's choice
        "3fff::/20",  # documentation
    )
)
TRANSLATED_IPV4 = ipaddress.IPv6Network("64:ff9b::/96")  # NAT64: how a network without IPv4 reaches it
LOCAL_NAMES = ("localhost", ".localhost", ".local", ".internal", ".home.arpa")
CONTROL = re.compile(r"[\x00-\x1f\x7f]")
DOMAIN_NAME = re.compile(r"(?=.{1,254}$)([^.]{1,63}\.)*[^.]{1,63}\.?")
NUMERIC_LABEL = re.compile(r"[0-9]+|0[xX][0-9a-fA-F]*")


def address_is_public(address: str) -> bool:
    """True when a text is an IPv4 or IPv6 address of the public Internet; False for anything else."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(parsed, ipaddress.IPv6Address):
        return ipv6_is_public(parsed)
    return not any(parsed in network for network in NOT_PUBLIC_IPV4)


def ipv6_is_public(address: ipaddress.IPv6Address) -> bool:
    """An IPv6 address that carries an IPv4 one, mapped or translated, is as public as that."""
    if address.scope_id is not None:
        return False
    if address.ipv4_mapped is not None:
        return address_is_public(str(address.ipv4_mapped))
    if address in TRANSLATED_IPV4:
        return address_is_public(str(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)))
    return address in GLOBAL_UNICAST and not any(address in network for network in NOT_PUBLIC_IPV6)


@dataclass(frozen=True)
class Gate:
    """What counts as public: the addresses and ports that may be connected to."""

    is_public: Callable[[str], bool] = address_is_public
    ports: frozenset[int] = frozenset(DEFAULT_PORTS.values())


PUBLIC_WEB = Gate()


def refusal(url: str, gate: Gate = PUBLIC_WEB) -> str | None:
    """The outcome that refuses a URL before anything is sent, None when it may be asked for.

    User names and control characters make a bad_url; so do hosts that cannot stand in a request. Numeric
    spellings of IPv4 addresses other than four decimal numbers are refused whatever they mean. Names are not
    resolved here: the address behind a name is checked when the connection is made.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return BAD_URL
    scheme = parts.scheme.lower()
    if scheme not in DEFAULT_PORTS:
        return DATA_URI if scheme == "data" else UNSUPPORTED_SCHEME if scheme else BAD_URL
    if not host or parts.username is not None or CONTROL.search(url):
        return BAD_URL
    asked_host = urlsplit(normalise(url) or "").hostname
    if not asked_host or not (":" in asked_host or DOMAIN_NAME.fullmatch(asked_host)):
        return BAD_URL
    if (DEFAULT_PORTS[scheme] if port is None else port) not in gate.ports:
        return PORT_REFUSED
    return None if host_may_be_public(asked_host, gate) else ADDRESS_REFUSED


def host_may_be_public(host: str, gate: Gate) -> bool:
    """False for address literals that are not public and for names that never are (RFC 6761, 6762, 8375)."""
    bare = host.rstrip(".")
    if ":" in bare or NUMERIC_LABEL.fullmatch(bare.rpartition(".")[2]):
        return gate.is_public(bare)
    return not (bare == LOCAL_NAMES[0] or bare.endswith(LOCAL_NAMES[1:]))
