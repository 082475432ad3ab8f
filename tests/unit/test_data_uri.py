"""Pictures in data: URIs are found again by their identity and decoded as browsers do."""

import base64
from urllib.parse import unquote_to_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.extract.data_uri import data_uri_bytes, data_uri_id, data_uris


@given(st.binary(max_size=500), st.booleans(), st.booleans())
def test_what_was_written_as_base64_is_read_padded_or_not_escaped_or_not(data, padded, escaped):
    text = base64.b64encode(data).decode()
    text = text if padded else text.rstrip("=")
    text = text.replace("+", "%2B").replace("/", "%2F") if escaped else text
    assert data_uri_bytes(f"data:image/png;base64,{text}") == data


def test_data_without_base64_is_percent_decoded():
    assert data_uri_bytes("data:image/svg+xml,%3Csvg/%3E") == b"<svg/>"


@pytest.mark.parametrize(
    ("uri", "fault"),
    [
        ("data:image/png", "no comma before the data"),
        ("data:image/png;base64,A", "base64: Invalid"),
        ("data:image/png;base64,AB$D", "base64: Only base64 data is allowed"),
    ],
)
def test_what_is_no_data_is_named(uri, fault):
    with pytest.raises(ValueError, match=fault):
        data_uri_bytes(uri)


@given(st.text(alphabet="AQgw+/=% $\n", max_size=40))
def test_text_that_is_decoded_holds_three_bytes_for_four_letters(text):
    letters = len(unquote_to_bytes(text).translate(None, b" \n").rstrip(b"="))
    try:
        decoded = data_uri_bytes(f"data:image/png;base64,{text}")
    except ValueError:
        assert letters % 4 == 1 or set(text) & set("$%=")
    else:
        assert len(decoded) == letters * 3 // 4


@pytest.mark.parametrize("quote", ['"', "'", ""])
def test_a_uri_is_found_among_others_by_its_identity(quote):
    uris = [f"data:image/gif;base64,R0lGOD{number}=" for number in range(3)]
    page = "".join(f"<p>é<img src={quote}{uri}{quote} alt=x>" for uri in uris).encode()
    found = data_uris(page)
    assert [found[data_uri_id(uri)] for uri in uris] == uris
    assert data_uri_id("data:image/gif;base64,AAAA") not in found


def test_a_uri_written_with_character_references_is_found():
    uri = "data:image/png;base64,AA+B/A=="
    page = uri.replace("+", "&#43;").replace("/A", "&sol;A").encode()
    assert data_uris(b'<img src="' + page + b'">') == {data_uri_id(uri): uri}


@pytest.mark.parametrize("quote", ['"', "'"])
def test_a_uri_broken_into_lines_is_found_and_decoded(quote):
    data = bytes(range(200))
    uri = "data:image/png;base64," + base64.encodebytes(data).decode().strip()
    assert "\n" in uri
    page = f"<p title={quote}x{quote}><img alt={quote}{quote} src={quote} {uri}\n{quote}>".encode()
    assert data_uri_bytes(data_uris(page)[data_uri_id(uri)]) == data


def test_uris_in_a_srcset_are_found_one_by_one():
    uris = [f"data:image/gif;base64,R0lGOD{number}=" for number in range(2)]
    found = data_uris(f'<img srcset="{uris[0]} 1x, {uris[1]} 2x">'.encode())
    assert {data_uri_id(uri) for uri in uris} <= set(found)
