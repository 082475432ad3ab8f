"""Shards of img2dataset answer image URLs: every row asked for ends in one row, by its name."""

import pytest

from corpus.errors import InputError
from corpus.fetch.opt_outs import OptOuts, parse
from corpus.fetch.shard_rows import from_shards
from corpus.fetch.shards import finished_shards, folder_identity, unfinished_shards, urls_in
from tests.unit.img2dataset_folder import END_S, as_fetched, failure, success, write_shard
from tests.unit.misbehaving_server import JPEG, picture

MAX_BYTES = 100_000
SMALL = picture(size=(20, 10))
ROWS = [
    success("http://a.example/0", JPEG),
    failure("http://a.example/1", "HTTP Error 404: Not Found"),
    as_fetched("http://a.example/2", SMALL),
    success("http://a.example/3", picture(size=(30, 30)), fetched=JPEG),
    as_fetched("http://a.example/4", SMALL[:-1], sha256="ab" * 32),
]


def asked(shard, number, **more):
    row = {"image_url_id": str(number), "url": f"http://a.example/{number}"}
    return {**row, "warc_filename": shard, "warc_record_offset": number, **more}


def ends(rows, opt_outs=None, max_image_bytes=MAX_BYTES):
    return {row.image_url_id: row for row in from_shards(rows, opt_outs or OptOuts(), max_image_bytes)}


@pytest.mark.parametrize("webdataset", [False, True])
def test_rows_are_answered_with_their_bytes_wherever_these_stand(tmp_path, webdataset):
    shard = write_shard(tmp_path, 7, ROWS, webdataset)
    found = ends([asked(shard, number) for number in (4, 0, 2, 1, 3)])
    assert {id_: (row.outcome, row.body) for id_, row in found.items()} == {
        "0": ("kept", JPEG),
        "1": ("http_error", None),
        "2": ("kept", SMALL),
        "3": ("kept", ROWS[3]["jpg"]),
        "4": ("corrupt", None),
    }
    assert {row.fetch_time.timestamp() for row in found.values()} == {END_S}
    assert (found["1"].http_status, found["1"].fault) == (404, "HTTP Error 404: Not Found")
    assert found["4"].fault == f"img2dataset fetched bytes of sha256 {'ab' * 32}"


@pytest.mark.parametrize("webdataset", [False, True])
def test_only_the_rows_asked_for_are_given(tmp_path, webdataset):
    shard = write_shard(tmp_path, 0, ROWS, webdataset)
    assert {id_: row.outcome for id_, row in ends([asked(shard, 2)]).items()} == {"2": "kept"}


@pytest.mark.parametrize(
    ("message", "outcome", "http_status"),
    [
        ("HTTP Error 503: Service Unavailable", "http_error", 503),
        ("HTTP Error 302: The HTTP server returned a redirect error that would lead to an infinite loop.",
         "too_many_redirects", 302),
        ("HTTP Error 302: Found - Redirection to url 'file:///etc/passwd' is not allowed", "http_error", 302),
        ("Use of image disallowed by X-Robots-Tag directive", "opted_out", None),
        ("timed out", "timeout", None),
        ("<urlopen error timed out>", "timeout", None),
        ("<urlopen error _ssl.c:989: The handshake operation timed out>", "timeout", None),
        ("<urlopen error [Errno -2] Name or service not known>", "dns_failed", None),
        ("<urlopen error [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed>", "tls_failed", None),
        ("<urlopen error [Errno 111] Connection refused>", "connect_failed", None),
        ("Remote end closed connection without response", "connect_failed", None),
        ("IncompleteRead(100 bytes read, 50 more expected)", "truncated", None),
        ("<urlopen error unknown url type: ftp2>", "unsupported_scheme", None),
        ("URL can't contain control characters. '/a b' (found at least ' ')", "bad_url", None),
        ("hash mismatch", "corrupt", None),
        ("something new", "http_error", None),
        (None, "http_error", None),
    ],
)  # fmt: skip
def test_the_words_of_a_failure_have_a_name(tmp_path, message, outcome, http_status):
    shard = write_shard(tmp_path, 0, [failure("http://a.example/0", message)])
    row = ends([asked(shard, 0)])["0"]
    assert (row.outcome, row.http_status) == (outcome, http_status)
    assert row.fault == (message or "status failed_to_download")


def test_what_could_not_be_decoded_is_corrupt_and_what_its_filters_left_out_is_not_captured(tmp_path):
    messages = ["Image decoding error", "image too small"]
    shard = write_shard(
        tmp_path, 0, [failure(f"http://a.example/{m}", m, "failed_to_resize") for m in messages]
    )
    assert [row.outcome for row in ends([asked(shard, 0), asked(shard, 1)]).values()] == [
        "corrupt",
        "not_captured",
    ]


def test_opt_outs_hold_for_urls_and_for_the_bytes_before_they_were_encoded_anew(tmp_path):
    shard = write_shard(tmp_path, 0, ROWS)
    opt_outs = parse(f"http://a.example/2\nsha256:{ROWS[3]['sha256']}".encode(), "list")
    found = ends([asked(shard, number) for number in (2, 3)], opt_outs)
    assert {id_: (row.outcome, row.fault) for id_, row in found.items()} == {
        "2": ("opted_out", "list, line 1"),
        "3": ("opted_out", "list, line 2"),
    }


def test_large_bodies_are_dropped_by_name(tmp_path):
    shard = write_shard(tmp_path, 0, ROWS)
    assert ends([asked(shard, 0)], max_image_bytes=len(JPEG) - 1)["0"].outcome == "too_large"
    assert ends([asked(shard, 0)], max_image_bytes=len(JPEG))["0"].outcome == "kept"


def test_urls_without_a_row_are_not_captured_unless_they_bring_their_end():
    rows = [
        asked(None, 0),
        asked(None, 1, ended={"outcome": "shard_lost", "fault": "why"}),
        asked(None, 2) | {"url": "ftp://a.example/2"},
    ]
    assert {id_: (row.outcome, row.fault, row.attempts) for id_, row in ends(rows).items()} == {
        "0": ("not_captured", None, 0),
        "1": ("shard_lost", "why", 0),
        "2": ("unsupported_scheme", None, 0),
    }


def test_a_shard_that_is_cut_costs_the_rows_behind_the_cut(tmp_path):
    shard = write_shard(tmp_path, 0, ROWS, webdataset=True)
    tar = tmp_path / "00000.tar"
    whole = tar.read_bytes()
    for n_bytes, fault in (
        (whole.index(SMALL), f"{shard}, row 3: ReadError: unexpected end of data"),
        (whole.index(SMALL) - 100, "the picture is not where img2dataset put it"),
    ):
        tar.write_bytes(whole[:n_bytes])
        found = ends([asked(shard, number) for number in range(5)])
        assert len(found) == 5
        assert found["0"].outcome == "kept"
        assert (found["3"].outcome, found["3"].fault) == ("capture_unreadable", fault)


def test_a_shard_that_is_gone_or_garbage_or_has_no_such_row_costs_its_own_rows(tmp_path):
    shard = write_shard(tmp_path, 0, ROWS)
    (tmp_path / "00001.parquet").write_bytes(b"PAR1 no more")
    rows = [
        asked(shard, 0),
        asked(shard, 99),
        asked(f"{tmp_path}/00001.parquet", 1),
        asked(f"{tmp_path}/00002.parquet", 2),
    ]
    found = ends(rows)
    assert {id_: row.outcome for id_, row in found.items()} == {
        "0": "kept",
        "99": "capture_unreadable",
        "1": "capture_unreadable",
        "2": "capture_unreadable",
    }
    assert found["99"].fault == f"{shard}, row 99: the shard has no such row"


def test_a_picture_of_no_bytes_is_empty(tmp_path):
    shard = write_shard(tmp_path, 0, [success("http://a.example/0", b"")])
    assert ends([asked(shard, 0)])["0"].outcome == "empty"


def test_a_shard_is_finished_when_its_rows_and_its_stats_are_there(tmp_path):
    shards = [write_shard(tmp_path, number, ROWS) for number in range(4)]
    (tmp_path / "00001_stats.json").unlink()
    (tmp_path / "00002.parquet").unlink()
    (tmp_path / "_tmp").mkdir()
    assert finished_shards(str(tmp_path)) == [shards[0], shards[3]]
    assert unfinished_shards(str(tmp_path)) == ["00001", "00002"]


def test_the_identity_of_a_folder_is_that_of_its_finished_shards(tmp_path):
    write_shard(tmp_path, 0, ROWS)
    first = folder_identity(str(tmp_path))
    (tmp_path / "00009_stats.json").write_text("{}")
    assert folder_identity(str(tmp_path)) == first
    write_shard(tmp_path, 1, ROWS)
    assert folder_identity(str(tmp_path)) != first


def test_a_folder_of_something_else_is_refused(tmp_path):
    with pytest.raises(InputError, match="holds no finished shard"):
        folder_identity(str(tmp_path))
    write_shard(tmp_path, 0, ROWS, webdataset=True)
    (tmp_path / "00000.tar").unlink()
    with pytest.raises(InputError, match="output_format parquet or webdataset"):
        folder_identity(str(tmp_path))


def test_a_shard_without_urls_is_one_error_that_names_it(tmp_path):
    (tmp_path / "00000.parquet").write_bytes(b"PAR1 no more")
    with pytest.raises(InputError, match=r"00000\.parquet cannot be read"):
        list(urls_in(f"{tmp_path}/00000.parquet", ["url"]))
