import io

from hypothesis import example, given
from hypothesis import strategies as st

from corpus.warc.headers import PLAIN_FIELDS, parse_fields, plain_fields
from corpus.warc.members import Buffer

PIECES = (
    b"Name",
    b"X-Robots-Tag",
    b":",
    b" ",
    b"\t",
    b"value",
    b"\r",
    b"\n",
    b"\r\n",
    b"\r\n\r\n",
    b"\xff",
    b"\x0b",
    b"::",
)
heads = st.lists(st.sampled_from(PIECES), max_size=30).map(b"".join)


@given(heads)
@example(b"A: 1\r\nB:2\nA: 3\r\n\r\nbody")
@example(b"X-Robots-Tag: noai\r\nx-robots-tag : bot: noindex\r\nno colon\r\n:x\r\n\r\n")
def test_plain_fields_are_read_as_warcio_reads_them(head):
    plain = PLAIN_FIELDS.match(head)
    if plain is not None:
        stream = io.BytesIO(head)
        assert list(plain_fields(plain.group()).items()) == list(
            parse_fields(stream, b"HTTP/1.1 200 OK\r\n").items()
        )
        assert stream.tell() == plain.end()


def test_the_fields_of_common_heads_are_plain():
    head = b"WARC-Type: response\r\nWARC-Target-URI: https://example.org/\r\nContent-Length: 10\r\n\r\n"
    assert plain_fields(head) == {
        "warc-type": "response",
        "warc-target-uri": "https://example.org/",
        "content-length": "10",
    }
    assert PLAIN_FIELDS.match(head + b"body").end() == len(head)


def test_fields_that_go_on_or_are_not_ascii_are_left_to_warcio():
    assert PLAIN_FIELDS.match(b"A: 1\r\n  and more\r\n\r\n") is None
    assert PLAIN_FIELDS.match("A: ä\r\n\r\n".encode()) is None


@given(
    st.lists(heads.filter(bool)),
    st.lists(st.tuples(st.sampled_from(["read", "readline"]), st.integers(1, 12))),
)
def test_a_buffer_reads_pieces_as_if_they_were_one(pieces, calls):
    left = iter(pieces)
    ours, whole = Buffer(lambda: next(left, b"")), io.BytesIO(b"".join(pieces))
    for name, n_bytes in calls:
        assert getattr(ours, name)(n_bytes) == getattr(whole, name)(n_bytes)
