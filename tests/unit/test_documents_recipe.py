"""WARC files become three tables, one row per page, picture response or redirect, and file."""

import gzip

import pyarrow as pa
import pytest

from corpus.dedup.blocks import block_hash
from corpus.overrides import settings_from
from corpus.recipes import documents, pieces
from corpus.recipes.documents import read_warcs
from corpus.tables import TABLES
from corpus.urls import image_url_id
from tests.unit.warc_bytes import DATE, gzipped, http_response, page_record, warc_record

PAGE = b"""<html><head><title>River</title></head><body><article><h1>Rivers</h1><p>The river rises in the mountains.</p>
<figure><img src="/mill.jpg" alt="Mill" width="640"><figcaption>The mill</figcaption></figure>
<p>Its water drives old mills. Ships carry wood.</p></article></body></html>"""
PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)


def files(*names, number=0, n_shares=1):
    """The batch that asks for one share of each of these files."""
    rows = [{"warc_filename": str(name), "number": number, "n_shares": n_shares} for name in names]
    return pa.RecordBatch.from_pylist(rows)


def tables(*names, **settings):
    """The rows of all tables that reading these files gives."""
    rows = {"documents": [], "captures": [], "warc_files": []}
    for name, out in read_warcs(iter([files(*names)]), settings_from(settings)):
        assert out.schema.equals(TABLES[name].schema, check_metadata=True)
        assert out.num_rows <= pieces.ROWS_PER_BATCH
        rows[name] += out.to_pylist()
    return rows


@pytest.fixture
def write(tmp_path):
    def write_file(data, name="test.warc.gz"):
        (tmp_path / name).write_bytes(data)
        return tmp_path / name

    return write_file


def test_a_page_gives_a_document_with_its_pictures_in_place(write):
    path = write(gzipped(warc_record(b"", kind="warcinfo"), page_record(PAGE, "http://e.org/river")))
    (row,) = tables(path, warc={"crawl": "TEST"})["documents"]
    assert row["sentences"] == [
        "Rivers",
        "The river rises in the mountains.",
        "The mill",
        "Its water drives old mills.",
        "Ships carry wood.",
    ]
    (reference,) = row["image_references"]
    assert reference.pop("content_score") > 0.5
    assert reference == {
        "dom_index": 0, "image_url_id": image_url_id("http://e.org/mill.jpg"), "url": "http://e.org/mill.jpg",
        "raw_url": "/mill.jpg", "attribute": "src", "dom_text_index": 2, "alt": "Mill", "title": None,
        "caption": "The mill", "declared_width_px": 640, "declared_height_px": None,
        "link_url": None, "in_chrome": False,
    }  # fmt: skip
    assert [block["kind"] for block in row["blocks"]] == ["paragraph", "paragraph", "caption", "paragraph"]
    assert {(block["language"], block["language_probability"]) for block in row["blocks"]} == {(None, None)}
    assert [block["n_characters"] for block in row["blocks"]] == [6, 33, 8, 45]
    assert [block["text_hash"] for block in row["blocks"]][::2] == [
        block_hash("rivers"),
        block_hash("the mill"),
    ]
    assert (row["outcome"], row["crawl"], row["url"], row["language"]) == (
        "kept",
        "TEST",
        "http://e.org/river",
        "en",
    )
    assert (row["title"], row["content_type"], row["html_bytes"]) == ("River", "text/html", len(PAGE))
    assert row["fetch_time"].isoformat() == DATE.replace("Z", "+00:00")
    assert row["warc_record_offset"] > 0
    assert gzip.decompress(path.read_bytes()[row["warc_record_offset"] :]).startswith(b"WARC/1.0")


def test_what_page_and_headers_permit_is_recorded_together(write):
    page = PAGE.replace(b"</head>", b'<meta name="ROBOTS" content="NOINDEX,NoArchive"></head>')
    headers = b"X-Robots-Tag: otherbot: nosnippet\r\nx-robots-tag: noai\r\nTDM-Reservation: 1\r\n\r\n"
    plain, asking = http_response(page), http_response(page).replace(b"\r\n\r\n", b"\r\n" + headers, 1)
    one, other = tables(write(gzipped(warc_record(plain), warc_record(asking))))["documents"]
    assert (one["robots"], one["tdm_reserved"]) == (["noarchive", "noindex"], False)
    assert other["robots"] == ["noai", "noarchive", "noindex", "otherbot: nosnippet"]
    assert (other["outcome"], other["tdm_reserved"]) == ("kept", True)


def test_headers_of_a_page_that_is_not_read_are_recorded(write):
    response = http_response(b"<p>no picture", X_Robots_Tag="noai")
    (row,) = tables(write(gzipped(warc_record(response))))["documents"]
    assert (row["outcome"], row["robots"], row["tdm_reserved"]) == ("no_image", ["noai"], False)


def test_rows_of_one_page_captured_twice_in_a_second_have_their_own_ids(write):
    path = write(gzipped(page_record(PAGE), page_record(PAGE)))
    first, second = tables(path)["documents"]
    assert first["document_id"] != second["document_id"]
    assert first["text_hash"] == second["text_hash"]


def test_ids_do_not_depend_on_the_folder_of_the_file(write, tmp_path):
    path = write(gzipped(page_record(PAGE)))
    (tmp_path / "elsewhere").mkdir()
    copy = tmp_path / "elsewhere" / path.name
    copy.write_bytes(path.read_bytes())
    assert tables(path)["documents"][0]["document_id"] == tables(copy)["documents"][0]["document_id"]


@pytest.mark.parametrize(
    ("response", "outcome"),
    [
        (http_response(PAGE), "kept"),
        (http_response(PAGE, "application/xhtml+xml; charset=utf-8"), "kept"),
        (http_response(PAGE, "TEXT/HTML"), "kept"),
        (http_response(PAGE, None), "kept"),
        (http_response(b"plain words", None), None),
        (http_response(PAGE, "text/plain"), None),
        (http_response(PAGE, status="404 Not Found"), None),
        (http_response(b"<p>no picture"), "no_image"),
        (http_response(b""), "empty"),
        (http_response(b"%PDF-1.7"), "not_html"),
    ],
)
def test_html_answers_with_status_200_have_a_row_and_others_none(write, response, outcome):
    rows = tables(write(gzipped(warc_record(response))))
    assert [row["outcome"] for row in rows["documents"]] == ([outcome] if outcome else [])
    assert rows["warc_files"][0]["n_pages"] == len(rows["documents"])


def test_picture_answers_and_redirects_have_a_capture(write):
    path = write(
        gzipped(
            warc_record(http_response(PNG, "image/png; q=1"), "http://e.org/a.png"),
            warc_record(http_response(PNG, "application/octet-stream"), "http://e.org/b"),
            warc_record(http_response(b"gone", "image/gif", "404 Not Found"), "http://e.org/c.gif"),
            warc_record(http_response(b"", None, "301 Moved", Location="../d.png"), "http://e.org/x/y"),
            warc_record(http_response(b"", None, "302 Found"), "http://e.org/nowhere"),
            warc_record(http_response(b"var x", "text/javascript"), "http://e.org/x.js"),
        )
    )
    rows = tables(path)["captures"]
    assert [
        (row["url"], row["http_status"], row["media_type_declared"], row["location"]) for row in rows
    ] == [
        ("http://e.org/a.png", 200, "image/png", None),
        ("http://e.org/b", 200, "application/octet-stream", None),
        ("http://e.org/c.gif", 404, "image/gif", None),
        ("http://e.org/x/y", 301, None, "http://e.org/d.png"),
    ]
    assert rows[3]["location_url_id"] == image_url_id("http://e.org/d.png")
    assert len({row["warc_record_offset"] for row in rows}) == 4


def test_pictures_without_an_offset_of_their_own_have_no_capture(write):
    records = [page_record(PAGE), warc_record(http_response(PNG, "image/png")), page_record(PAGE)]
    rows = tables(write(gzip.compress(b"".join(records))))
    assert (len(rows["documents"]), len(rows["captures"])) == (2, 0)
    assert len({row["document_id"] for row in rows["documents"]}) == 2
    assert rows["warc_files"][0]["fault"].startswith("shared_member: ")


RANDOM_PAGE = page_record(PAGE + bytes(range(256)) * 30)
FILES = {
    "sound": (gzipped(page_record(PAGE)), "kept", 1, 0),
    "empty": (b"", "empty", 0, 0),
    "text": (b"These are no records.\n" * 50, "not_a_warc", 0, 1),
    "gzip-of-text": (gzipped(b"These are no records."), "not_a_warc", 0, 1),
    "zeros": (bytes(1_000), "not_a_warc", 0, 1),
    "lz4": (b"\x04\x22\x4d\x18" + bytes(50), "unsupported_compression", 0, 1),
    "zstd-with-a-dictionary": (b"\x5d\x2a\x4d\x18" + bytes(50), "unsupported_compression", 0, 1),
    "cut-in-a-member": (gzipped(page_record(PAGE), RANDOM_PAGE)[:-50], "truncated", 2, 1),
    "cut-in-a-plain-record": ((page_record(PAGE) + RANDOM_PAGE)[:-50], "truncated", 2, 1),
    "garbage-between": (page_record(PAGE) + b"garbage\n" + page_record(PAGE), "corrupt", 2, 1),
    "no-lengths": (b"WARC/1.0\r\nWARC-Type: response\r\n\r\n" * 3, "corrupt", 0, 3),
    "one-bad-record": (page_record(PAGE, Content_Length="") + page_record(PAGE), "kept", 1, 1),
}


@pytest.mark.parametrize("defect", FILES)
def test_each_file_has_one_row_that_says_how_far_it_was_read(write, defect):
    data, outcome, n_pages, n_faults = FILES[defect]
    path = write(data, f"{defect}.warc.gz")
    (row,) = tables(path)["warc_files"]
    assert (row["outcome"], row["n_pages"], row["n_faults"]) == (outcome, n_pages, n_faults)
    assert row["outcome"] in documents.FILE_OUTCOMES
    assert (row["fault"] is None) == (row["fault_offset"] is None) == (n_faults == 0)
    assert row["warc_filename"] == str(path)


def test_a_page_that_the_file_cuts_is_truncated(write):
    (whole, part) = tables(write(gzipped(page_record(PAGE), RANDOM_PAGE)[:-50]))["documents"]
    assert (whole["outcome"], part["outcome"]) == ("kept", "truncated")
    assert part["fault"] == "the file ends within a gzip member"
    assert (part["sentences"], part["text_hash"]) == ([], None)


def test_a_page_that_the_crawler_cut_is_kept_and_says_so(write):
    (row,) = tables(write(gzipped(page_record(PAGE, WARC_Truncated="length"))))["documents"]
    assert (row["outcome"], row["fault"]) == ("kept", "WARC-Truncated: length")


def test_a_page_above_the_bound_of_records_is_too_large(write):
    (row,) = tables(write(gzipped(page_record(PAGE * 10))), warc={"max_record_bytes": 1_000})["documents"]
    assert (row["outcome"], row["html_bytes"] <= 1_000) == ("too_large", True)


def test_a_file_that_cannot_be_opened_does_not_stop_the_others(write, tmp_path):
    rows = tables(tmp_path / "missing.warc.gz", write(gzipped(page_record(PAGE))))
    assert [row["outcome"] for row in rows["warc_files"]] == ["unreadable", "kept"]
    assert "cannot be opened" in rows["warc_files"][0]["fault"]
    assert len(rows["documents"]) == 1


def test_many_rows_come_in_small_batches(write):
    path = write(gzipped(*(page_record(b"<p>no picture", f"http://e.org/{n}") for n in range(150))))
    out = [(name, batch.num_rows) for name, batch in read_warcs(iter([files(path)]), settings_from({}))]
    assert sorted(out) == [("documents", 22), ("documents", 64), ("documents", 64), ("warc_files", 1)]


def test_large_rows_come_in_smaller_batches(write, monkeypatch):
    monkeypatch.setattr(pieces, "BYTES_PER_BATCH", 2_000)
    path = write(gzipped(*(page_record(PAGE, f"http://e.org/{n}") for n in range(4))))
    sizes = [
        out.num_rows
        for name, out in read_warcs(iter([files(path)]), settings_from({}))
        if name == "documents"
    ]
    assert sizes == [2, 2]


def test_the_shares_of_a_file_make_the_file(write):
    records = [page_record(PAGE, f"http://e.org/{n}") for n in range(7)]
    path = write(gzipped(*records, warc_record(http_response(PNG, "image/png"), "http://e.org/a.png")))
    whole = tables(path)
    shares = [dict[str, list[str]]() for _ in range(3)]
    for number, share in enumerate(shares):
        for name, out in read_warcs(iter([files(path, number=number, n_shares=3)]), settings_from({})):
            share[name] = out.column(0).to_pylist()
    assert [len(share["documents"]) for share in shares] == [3, 2, 2]
    ids = [document_id for share in shares for document_id in share["documents"]]
    assert sorted(ids) == sorted(row["document_id"] for row in whole["documents"])
    assert [set(share) for share in shares] == [
        {"documents", "captures", "warc_files"},
        {"documents"},
        {"documents"},
    ]


def test_a_revisit_of_another_url_is_a_capture_and_none_is_a_page(write):
    def revisit(url, refers_to):
        head = http_response(b"", "text/html")
        return warc_record(head, url, kind="revisit", WARC_Refers_To_Target_URI=refers_to)

    path = write(
        gzipped(
            revisit("http://e.org/a.png", "http://cdn.e.org/a.png"),
            revisit("http://e.org/b.png", "HTTP://E.ORG:80/b.png"),
            revisit("http://e.org/c.png", ""),
            revisit("http://e.org/d.png", "urn:uuid:1"),
        )
    )
    rows = tables(path)
    assert rows["documents"] == []
    (capture,) = rows["captures"]
    assert capture["location_url_id"] == image_url_id("http://cdn.e.org/a.png")
    assert (capture["url"], capture["warc_record_offset"], capture["http_status"]) == (
        "http://e.org/a.png",
        0,
        None,
    )
    (file,) = rows["warc_files"]
    assert (file["n_records"], file["n_revisits"], file["n_captures"], file["outcome"]) == (4, 4, 1, "kept")


def test_pages_are_made_without_the_allocator_that_reserves_more_than_their_process_may_have(
    write, monkeypatch
):
    def message_of(row, table):
        before = pa.default_memory_pool().num_allocations()
        pieces.message_of(row, table)
        n_allocations = pa.default_memory_pool().num_allocations() - before
        return pieces.message_of({**row, "title": str(n_allocations)}, table)

    monkeypatch.setattr(documents, "message_of", message_of)
    assert [row["title"] for row in tables(write(gzipped(page_record(PAGE))))["documents"]] == ["0"]
