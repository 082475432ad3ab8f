"""Only web URLs on public addresses pass the guard."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.fetch.guard import Gate, address_is_public, refusal

PUBLIC = [
    "1.1.1.1",
    "8.8.8.8",
    "100.63.255.255",
    "100.128.0.0",
    "172.15.255.255",
    "172.32.0.0",
    "192.0.1.0",
    "198.20.0.0",
    "223.255.255.255",
    "2001:4860:4860::8888",
    "2606:4700::1111",
    "::ffff:8.8.8.8",
    "64:ff9b::8.8.8.8",
]
NOT_PUBLIC = [
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "100.64.0.1",
    "100.100.100.200",
    "127.0.0.1",
    "127.255.255.254",
    "168.63.129.16",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.192",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.51.100.7",
    "203.0.113.9",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "::ffff:0:127.0.0.1",
    "64:ff9b::10.0.0.1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::8.8.8.8",
    "100::1",
    "2001::1",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "2001:db8::1",
    "2002:7f00:1::1",
    "2002:808:808::1",
    "3fff::1",
    "4000::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "2606:4700::1111%eth0",
    "fec0::1",
    "ff02::1",
]
NO_ADDRESS = ["", "example.com", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "1.2.3.4.5", "1.2.3.4 "]


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_pass(address):
    assert address_is_public(address)


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_special_purpose_addresses_do_not_pass(address):
    assert not address_is_public(address)


@pytest.mark.parametrize("text", NO_ADDRESS)
def test_what_is_no_address_in_standard_form_does_not_pass(text):
    assert not address_is_public(text)


@given(st.ip_addresses(v=4))
def test_an_ipv4_address_is_judged_alike_in_every_ipv6_clothing(address):
    mapped = ipaddress.IPv6Address(0xFFFF << 32 | int(address))
    translated = ipaddress.IPv6Address(0x64FF9B << 96 | int(address))
    verdict = address_is_public(str(address))
    assert address_is_public(str(mapped)) is verdict
    assert address_is_public(str(translated)) is verdict


@given(st.ip_addresses(v=4) | st.ip_addresses(v=6, network="2000::/3") | st.ip_addresses(v=6, network="::/8"))
def test_what_python_calls_private_does_not_pass(address):
    carries_ipv4 = int(address) >> 32 in (0xFFFF, 0x64FF9B << 64)
    if not address.is_global and not carries_ipv4:
        assert not address_is_public(str(address))


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/a.jpg",
        "https://example.com:443/a.jpg",
        "HTTP://EXAMPLE.COM:80/A.JPG",
        "https://example.com",
        "http://example.com/with space and ü.png?q=1#part",
        "http://bücher.example/a.jpg",
        "http://under_score.example.com/a.jpg",
        "http://8.8.8.8/a.jpg",
        "http://[2606:4700::1111]/a.jpg",
        "http://example.com./a.jpg",
    ],
)
def test_web_urls_pass(url):
    assert refusal(url) is None


@pytest.mark.parametrize(
    ("url", "outcome"),
    [
        ("data:image/png;base64,AAAA", "data_uri"),
        ("DATA:,x", "data_uri"),
        ("file:///etc/passwd", "unsupported_scheme"),
        ("ftp://example.com/a.jpg", "unsupported_scheme"),
        ("gopher://example.com:70/x", "unsupported_scheme"),
        ("s3://bucket/key", "unsupported_scheme"),
        ("javascript:alert(1)", "unsupported_scheme"),
        ("blob:https://example.com/1", "unsupported_scheme"),
        ("", "bad_url"),
        ("/a.jpg", "bad_url"),
        ("//example.com/a.jpg", "bad_url"),
        ("http:///a.jpg", "bad_url"),
        ("http://[::1/a.jpg", "bad_url"),
        ("http://example.com:99999/", "bad_url"),
        ("http://example.com:port/", "bad_url"),
        ("http://exa mple.com/", "bad_url"),
        ("http://..example.com/", "bad_url"),
        (f"http://{'a' * 64}.com/", "bad_url"),
        (f"http://{'a.' * 127}com/", "bad_url"),
        ("http://user:secret@example.com/", "bad_url"),
        ("http://user@example.com/", "bad_url"),
        ("http://example.com\\@127.0.0.1/", "bad_url"),
        ("http://example.com/a\r\nHost: b", "bad_url"),
        ("http://example.com/\0", "bad_url"),
        ("http://example.com:8080/a.jpg", "port_refused"),
        ("http://example.com:0/a.jpg", "port_refused"),
        ("https://example.com:22/", "port_refused"),
        ("http://127.0.0.1/a.jpg", "address_refused"),
        ("http://127.1/", "address_refused"),
        ("http://2130706433/", "address_refused"),
        ("http://0x7f000001/", "address_refused"),
        ("http://0x7f.0.0.0x1/", "address_refused"),
        ("http://0177.0.0.01/", "address_refused"),
        ("http://127.0.0.1./", "address_refused"),
        ("http://１２７.０.０.１/", "address_refused"),
        ("http://127。0。0。1/", "address_refused"),
        ("http://169.254.169.254/latest/meta-data/", "address_refused"),
        ("http://[::1]/", "address_refused"),
        ("http://[::ffff:10.0.0.1]/", "address_refused"),
        ("http://[fe80::1%25eth0]/", "address_refused"),
        ("http://[fd00:ec2::254]/", "address_refused"),
        ("http://localhost/", "address_refused"),
        ("http://LOCALHOST./", "address_refused"),
        ("http://a.localhost/", "address_refused"),
        ("http://printer.local/", "address_refused"),
        ("http://metadata.google.internal/", "address_refused"),
    ],
)
def test_other_urls_are_refused_by_name(url, outcome):
    assert refusal(url) == outcome


def test_a_gate_says_what_counts_as_public():
    gate = Gate(is_public=lambda address: address == "127.0.0.1", ports=frozenset({8000}))
    assert refusal("http://127.0.0.1:8000/", gate) is None
    assert refusal("http://127.0.0.2:8000/", gate) == "address_refused"
    assert refusal("http://127.0.0.1/", gate) == "port_refused"


@given(st.text())
def test_no_text_makes_the_guard_stumble(text):
    for url in (text, f"http://{text}", f"http://example.com/{text}"):
        assert refusal(url) in (
            None, "data_uri", "unsupported_scheme", "bad_url", "port_refused", "address_refused",
        )  # fmt: skip
