"""Table `images` has one row per image URL, from the archive and from the web."""

import base64
import gzip
import hashlib
import io
import os
import signal

import imagehash
import pyarrow as pa
import pytest
from PIL import Image

from corpus.errors import SettingsError
from corpus.extract.data_uri import data_uri_id
from corpus.fetch.opt_outs import OptOuts
from corpus.fetch.outcomes import Fetched
from corpus.overrides import settings_from
from corpus.recipes import archived_responses, images
from corpus.recipes.images import fetch_images, images_from
from corpus.spark.batches import check_batch
from corpus.tables.images import IMAGE_URLS, IMAGES
from tests.unit.misbehaving_server import JPEG, answer, loopback, picture, serving

PNG = picture("PNG", (30, 40))
CAPTURES = {
    "https://a.example/good.jpg": answer(JPEG),
    "https://a.example/named.jpg": answer(
        PNG, X_Robots_Tag="nofollow", tdm_reservation="0", TDM_Policy="https://a.example/licences"
    ),
    "https://a.example/same.jpg": answer(JPEG, Content_Type="text/plain"),
    "https://a.example/gzip.jpg": answer(gzip.compress(JPEG), Content_Encoding="gzip"),
    "https://a.example/half.jpg": answer(JPEG[: len(JPEG) // 2]),
    "https://a.example/page.jpg": answer(b"<!DOCTYPE html><title>gone</title>", Content_Type="text/html"),
    "https://a.example/drawing.svg": answer(b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
    "https://a.example/empty.jpg": answer(b""),
    "https://a.example/missing.jpg": answer(JPEG, "404 Not Found"),
    "https://a.example/noai.jpg": answer(JPEG, X_Robots_Tag="noai"),
    "https://a.example/large.jpg": answer(JPEG + b"\0" * 100_000),
    "https://a.example/wide.png": answer(picture("PNG", (700, 800))),
}
SETTINGS = {"fetch": {"max_image_bytes": 50_000, "max_pixels": 500_000}}


def warc_record(url, http):
    head = (
        f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: {url}\r\nWARC-Date: 2026-01-02T03:04:05Z\r\n"
        f"WARC-Record-ID: <urn:uuid:00000000-0000-0000-0000-000000000001>\r\n"
        f"Content-Type: application/http; msgtype=response\r\nContent-Length: {len(http)}\r\n\r\n"
    )
    return gzip.compress(head.encode() + http + b"\r\n\r\n")


@pytest.fixture
def archive(tmp_path):
    """A WARC file with all CAPTURES and the offset of each."""
    path, offsets, data = tmp_path / "pictures.warc.gz", {}, b""
    for url, http in CAPTURES.items():
        offsets[url] = len(data)
        data += warc_record(url, http)
    path.write_bytes(data)
    return str(path), offsets


def url_row(url, warc_filename=None, offset=None, length=None):
    return {
        "warc_record_length": length,
        "image_url_id": url,
        "url": url,
        "capture_url": url if warc_filename else None,
        "warc_filename": warc_filename,
        "warc_record_offset": offset,
        "http_status": 200 if warc_filename else None,
    }


def made(rows, settings=SETTINGS):
    """Rows of `images` by URL, every batch checked."""
    batch = pa.RecordBatch.from_pylist(rows, schema=IMAGE_URLS.schema)
    results = []
    for name, result in fetch_images(iter([batch]), settings_from(settings)):
        assert name == "images"
        results += check_batch(IMAGES, result).to_pylist()
    assert sorted(row["url"] for row in results) == sorted(row["url"] for row in rows)
    return {row["url"].rpartition("/")[2]: row for row in results}


def archived(archive, settings=SETTINGS):
    path, offsets = archive
    return made([url_row(url, path, offset) for url, offset in reversed(offsets.items())], settings)


def test_captures_are_judged_by_answer_and_bytes(archive):
    assert {name: row["outcome"] for name, row in archived(archive).items()} == {
        "good.jpg": "kept",
        "named.jpg": "kept",
        "same.jpg": "kept",
        "gzip.jpg": "kept",
        "half.jpg": "truncated",
        "page.jpg": "not_an_image",
        "drawing.svg": "unsupported_format",
        "empty.jpg": "empty",
        "missing.jpg": "http_error",
        "noai.jpg": "opted_out",
        "large.jpg": "too_large",
        "wide.png": "too_many_pixels",
    }


def test_a_kept_picture_has_all_its_columns(archive):
    row = archived(archive)["named.jpg"]
    perceptual_hash, elapsed_s, fetch_time = row["perceptual_hash"], row["elapsed_s"], row["fetch_time"]
    assert row == {
        "image_url_id": "https://a.example/named.jpg",
        "url": "https://a.example/named.jpg",
        "source": "archive",
        "outcome": "kept",
        "fault": None,
        "http_status": 200,
        "final_url": "https://a.example/named.jpg",
        "attempts": 0,
        "elapsed_s": elapsed_s,
        "fetch_time": fetch_time,
        "media_type_declared": "image/jpeg",
        "robots_url": None,
        "robots_status": None,
        "robots_rule": None,
        "x_robots_tag": "nofollow",
        "tdm_reservation": "0",
        "tdm_policy": "https://a.example/licences",
        "media_type": "image/png",
        "content_bytes": len(PNG),
        "content_hash": hashlib.sha256(PNG).hexdigest(),
        "fetched_width_px": 30,
        "fetched_height_px": 40,
        "width_px": 30,
        "height_px": 40,
        "perceptual_hash": perceptual_hash,
        "bytes": PNG,
    }
    assert len(bytes.fromhex(perceptual_hash)) == 8
    assert 0 < elapsed_s < 5
    assert fetch_time.isoformat() == "2026-01-02T03:04:05+00:00"


def test_a_picture_that_is_not_kept_keeps_its_hash_and_size_but_not_its_bytes(archive):
    row = archived(archive)["half.jpg"]
    half = JPEG[: len(JPEG) // 2]
    assert (row["bytes"], row["content_bytes"]) == (None, len(half))
    assert row["content_hash"] == hashlib.sha256(half).hexdigest()
    assert row["media_type"] == "image/jpeg"
    assert row["fault"] == "OSError: Truncated File Read"


def test_an_answer_without_body_has_no_content(archive):
    row = archived(archive)["missing.jpg"]
    assert (row["http_status"], row["content_bytes"], row["content_hash"], row["bytes"]) == (
        404,
        0,
        None,
        None,
    )


def test_equal_bytes_are_decoded_once(archive, monkeypatch, tmp_path):
    decoded, log = images.decoded_for, tmp_path / "decoded"  # a file: they are decoded in another process

    def logged(data, *others):
        with log.open("a") as lines:
            lines.write(hashlib.sha256(data).hexdigest() + "\n")
        return decoded(data, *others)

    monkeypatch.setattr(images, "decoded_for", logged)
    rows = archived(archive)
    assert log.read_text().split().count(hashlib.sha256(JPEG).hexdigest()) == 1
    assert rows["good.jpg"]["perceptual_hash"] == rows["same.jpg"]["perceptual_hash"] is not None


def test_urls_without_capture_say_so_unless_they_never_could_have_one():
    urls = ["https://a.example/x.jpg", "data:image/gif;base64,R0lG", "ftp://a.example/y.jpg", "http://["]
    rows = made([url_row(url) for url in urls])
    assert [rows[url.rpartition("/")[2]]["outcome"] for url in urls] == [
        "not_captured", "data_uri", "unsupported_scheme", "bad_url",
    ]  # fmt: skip


def test_the_archive_is_held_to_the_opt_outs(archive, tmp_path):
    list_ = tmp_path / "opt-outs.txt"
    list_.write_text(f"https://a.example/good\nsha256:{hashlib.sha256(PNG).hexdigest()}\nmissing.example\n")
    path, offsets = archive
    rows = made(
        [url_row(url, path, offset) for url, offset in offsets.items()]
        + [url_row("https://missing.example/x")],
        {"fetch": {**SETTINGS["fetch"], "opt_outs": str(list_)}},
    )
    assert {name: row["fault"] for name, row in rows.items() if "opt-outs" in (row["fault"] or "")} == {
        "good.jpg": f"{list_}, line 1",
        "named.jpg": f"{list_}, line 2",
        "x": f"{list_}, line 3",
    }
    assert {rows[name]["outcome"] for name in ("good.jpg", "named.jpg", "x")} == {"opted_out"}
    assert rows["named.jpg"]["bytes"] is None
    assert rows["same.jpg"]["outcome"] == "kept"


def test_a_record_that_cannot_be_read_names_file_and_offset(archive, tmp_path):
    path, offsets = archive
    missing = str(tmp_path / "missing.warc.gz")
    rows = made(
        [
            url_row("https://a.example/good.jpg", path, offsets["https://a.example/good.jpg"] + 3),
            url_row("https://a.example/half.jpg", missing, 7),
        ]
    )
    assert {row["outcome"] for row in rows.values()} == {"capture_unreadable"}
    assert f"{path}, byte 3: " in rows["good.jpg"]["fault"]
    assert f"{missing}, byte 7: " in rows["half.jpg"]["fault"]


def test_records_are_read_in_the_order_in_which_they_lie(archive, monkeypatch):
    read = []
    read_response_at = archived_responses.read_response_at

    def noted(warc_filename, offset, max_record_bytes):
        read.append(offset)
        return read_response_at(warc_filename, offset, max_record_bytes)

    monkeypatch.setattr(archived_responses, "read_response_at", noted)
    archived(archive)
    assert read == sorted(archive[1].values())


def test_records_of_known_length_are_read_by_ranges_and_come_to_the_same_rows(archive):
    path, offsets = archive
    size = os.path.getsize(path)
    ends = dict(zip(offsets, [*list(offsets.values())[1:], size], strict=True))
    ranged = made([url_row(url, path, offset, ends[url] - offset) for url, offset in offsets.items()])
    assert {name: {**row, "elapsed_s": 0} for name, row in ranged.items()} == {
        name: {**row, "elapsed_s": 0} for name, row in archived(archive).items()
    }


def test_a_table_that_says_where_a_record_lies_and_is_wrong_is_named(archive, tmp_path):
    path, offsets = archive
    good, named = "https://a.example/good.jpg", "https://a.example/named.jpg"
    rows = [
        url_row(good, path, offsets[good], 200),
        url_row(named, path, offsets[good], 10**12),
        url_row("https://a.example/x", path, 10**9, 100),
        url_row("https://a.example/y", str(tmp_path / "gone.warc.gz"), 0, 100),
        url_row("https://a.example/z", path, 5, 2**62),
    ]
    found = made(rows[:1]) | made(rows[1:])
    assert {name: row["outcome"] for name, row in found.items()} == {
        "good.jpg": "capture_unreadable", "named.jpg": "capture_unreadable", "x": "capture_unreadable",
        "y": "capture_unreadable", "z": "capture_unreadable",
    }  # fmt: skip
    assert found["named.jpg"]["fault"].endswith(f"other_url: the record answers {good}")


def test_batches_stay_small(archive):
    path, offsets = archive
    rows = [
        {**url_row(url, path, offsets[url]), "image_url_id": str(i)}
        for i in range(600)
        for url in list(offsets)[:1]
    ]
    batch = pa.RecordBatch.from_pylist(rows, schema=IMAGE_URLS.schema)
    results = [result for _, result in fetch_images(iter([batch]), settings_from(SETTINGS))]
    assert sum(result.num_rows for result in results) == 600
    assert max(result.num_rows for result in results) <= 256
    assert max(result.nbytes for result in results) <= 17 * 2**20


def test_no_urls_give_no_batches():
    assert list(fetch_images(iter([]), settings_from({}))) == []


def test_the_web_gives_the_same_columns():
    fetch = {
        "images": "web",
        "contact": "a@example.org",
        "requests_per_s_per_host": 1000.0,
        "retry_pause_s": 0.01,
    }
    with serving() as server:
        names = ["good.jpg", "half.jpg", "page.jpg", "missing.jpg", "to-metadata.jpg"]
        rows = [url_row(f"http://127.0.0.1:{server.port}/{name}") for name in names]
        found = [
            row
            for _, batch in images_from(rows, settings_from({"fetch": fetch}), loopback(server.port))
            for row in check_batch(IMAGES, batch).to_pylist()
        ]
    columns = ("source", "outcome", "attempts", "content_bytes", "bytes")
    assert {row["url"].rpartition("/")[2]: tuple(row[name] for name in columns) for row in found} == {
        "good.jpg": ("web", "kept", 1, len(JPEG), JPEG),
        "half.jpg": ("web", "truncated", 1, len(JPEG) // 2, None),
        "page.jpg": ("web", "not_an_image", 1, 37, None),
        "missing.jpg": ("web", "http_error", 1, 0, None),
        "to-metadata.jpg": ("web", "port_refused", 1, 0, None),
    }


def test_the_web_is_asked_for_what_the_archive_does_not_hold_alone(archive):
    path, offsets = archive
    held = "https://a.example/good.jpg"
    fetch = {"images": "web", "contact": "a@example.org", "requests_per_s_per_host": 1000.0}
    with serving() as server:
        rows = [url_row(held, path, offsets[held]), url_row(f"http://127.0.0.1:{server.port}/missing.jpg")]
        found = [
            row
            for _, batch in images_from(rows, settings_from({"fetch": fetch}), loopback(server.port))
            for row in batch.to_pylist()
        ]
    assert [(row["url"], row["source"], row["outcome"]) for row in found] == [
        (held, "archive", "kept"),
        (f"http://127.0.0.1:{server.port}/missing.jpg", "web", "http_error"),
    ]


def test_the_web_is_not_asked_without_a_contact():
    with pytest.raises(SettingsError, match="contact is not set"):
        made([url_row("http://a.example/good.jpg")], {"fetch": {"images": "web"}})


def test_pictures_written_into_a_page_are_read_from_it(tmp_path):
    written = {
        "good": b"data:image/png;base64," + base64.b64encode(PNG),
        "not_base64": b"data:image/png;base64,$$$$",
        "drawing": b"data:image/svg+xml,%3Csvg/%3E",
        "nothing": b"data:image/png;base64,",
    }
    page = b"<!DOCTYPE html>" + b"".join(b'<img src="%s">' % uri for uri in written.values())
    path = tmp_path / "page.warc.gz"
    path.write_bytes(warc_record("https://a.example/", answer(page, Content_Type="text/html")))
    ids = {name: data_uri_id(uri.decode()) for name, uri in written.items()} | {"gone": "0" * 32}
    rows = [
        {**url_row(f"data:image/png;hash=/{name}", str(path), 0), "image_url_id": id_, "capture_url": None}
        for name, id_ in ids.items()
    ]
    for source in ("archive", "web"):
        found = made(rows, {"fetch": {**SETTINGS["fetch"], "images": source, "contact": "a@example.org"}})
        assert {name: (row["outcome"], row["source"]) for name, row in found.items()} == {
            "good": ("kept", "page"),
            "not_base64": ("data_uri", "page"),
            "drawing": ("unsupported_format", "page"),
            "nothing": ("empty", "page"),
            "gone": ("data_uri", "page"),
        }
        assert found["good"]["bytes"] == PNG
        assert found["gone"]["fault"] == "not found again in the page"


def test_a_page_that_cannot_be_read_again_leaves_its_pictures_with_a_named_outcome(tmp_path):
    row = {**url_row("data:image/png;hash=/a", str(tmp_path / "gone.warc.gz"), 7), "capture_url": None}
    found = made([row])["a"]
    assert found["outcome"] == "capture_unreadable"
    assert found["fault"].startswith(f"{tmp_path}/gone.warc.gz, byte 7: ")


def test_rows_of_earlier_tables_pass_through_unless_they_are_opted_out_by_now(tmp_path):
    opt_outs = tmp_path / "opt-outs.txt"
    opt_outs.write_text("b.example\n" + "sha256:" + "ab" * 32)
    texts = {
        "source": "web",
        "outcome": "kept",
        "attempts": 2,
        "elapsed_s": 1.5,
        "content_bytes": 3,
        "bytes": b"abc",
    }
    endings = {
        "kept.jpg": ("https://a.example/kept.jpg", "https://a.example/kept.jpg", "cd" * 32),
        "moved.jpg": ("https://a.example/moved.jpg", "https://cdn.b.example/x.jpg", "cd" * 32),
        "hash.jpg": ("https://a.example/hash.jpg", None, "ab" * 32),
    }
    rows = [
        {
            "before": {
                **texts,
                "image_url_id": url,
                "url": url,
                "final_url": final_url,
                "content_hash": content_hash,
            }
        }
        for url, final_url, content_hash in endings.values()
    ]
    settings = settings_from({"fetch": {"images": "web", "contact": "a@b.org", "opt_outs": str(opt_outs)}})
    found = {}
    for _, batch in images_from(rows, settings):
        found |= {row["url"].rpartition("/")[2]: row for row in check_batch(IMAGES, batch).to_pylist()}
    assert {row["source"] for row in found.values()} == {"cache"}
    assert [(row["outcome"], row["bytes"], row["attempts"]) for row in found.values()] == [
        ("kept", b"abc", 2),
        ("opted_out", None, 2),
        ("opted_out", None, 2),
    ]
    assert [row["fault"] for row in found.values()] == [None, f"{opt_outs}, line 1", f"{opt_outs}, line 2"]


def end_the_process(body, max_pixels):
    os.kill(os.getpid(), signal.SIGKILL)


def take_all_memory(body, max_pixels):
    return len(b"x" * 2**34)


@pytest.mark.parametrize(
    ("hostile", "outcome"),
    [
        (end_the_process, "out_of_memory"),
        (take_all_memory, "out_of_memory"),
        (lambda body, max_pixels: os._exit(3), "crashed"),
    ],
)
def test_a_picture_that_ends_the_process_it_is_decoded_in_costs_its_own_row(
    archive, monkeypatch, hostile, outcome
):
    look_at = images.look_at
    monkeypatch.setattr(
        images, "look_at", lambda body, bounds: (hostile if body == PNG else look_at)(body, bounds)
    )
    rows = archived(archive)
    lost = rows["named.jpg"]
    assert (lost["outcome"], lost["media_type"], lost["bytes"]) == (outcome, "image/png", None)
    assert lost["content_hash"] == hashlib.sha256(PNG).hexdigest()
    assert rows["good.jpg"]["outcome"] == rows["same.jpg"]["outcome"] == "kept"


def test_a_picture_that_needs_more_memory_than_allowed_is_named_so():
    wide = picture("PNG", (9_000, 9_000))
    bounds = settings_from({"fetch": {"max_decode_bytes": 2**27}}).fetch
    fetched = [Fetched(name, name, "kept", body=body) for name, body in [("wide", wide), ("small", PNG)]]
    rows = list(images.image_rows(fetched, "web", bounds, OptOuts()))
    assert [row["outcome"] for row in rows] == ["out_of_memory", "kept"]


def test_larger_pictures_are_kept_smaller_and_smaller_ones_as_they_are():
    large, small = picture("PNG", (400, 200)), picture("PNG", (100, 50))
    bodies = {"large": large, "again": large, "small": small}
    fetched = [Fetched(name, name, "kept", body=body) for name, body in bodies.items()]
    bounds = settings_from({"fetch": {"max_side_px": 100}}).fetch
    rows = {row["url"]: row for row in images.image_rows(fetched, "web", bounds, OptOuts())}
    assert rows["small"]["bytes"] == small
    assert rows["again"]["bytes"] == rows["large"]["bytes"]
    for name, size in (("large", (400, 200)), ("small", (100, 50))):
        row = rows[name]
        kept = Image.open(io.BytesIO(row["bytes"]))
        assert (row["width_px"], row["height_px"]) == kept.size == (100, 50)
        assert (row["fetched_width_px"], row["fetched_height_px"]) == size
        assert row["media_type"] == Image.MIME[kept.format]
        assert imagehash.hex_to_hash(row["perceptual_hash"]) - imagehash.phash(kept) <= 2
        assert row["content_hash"] == hashlib.sha256(bodies[name]).hexdigest()
        assert row["content_bytes"] == len(bodies[name])


def test_no_picture_is_made_smaller_when_the_setting_says_no():
    fetched = [Fetched("large", "large", "kept", body=PNG)]
    bounds = settings_from({"fetch": {"max_side_px": 10, "resize_mode": "no"}}).fetch
    (row,) = images.image_rows(fetched, "web", bounds, OptOuts())
    assert row["bytes"] == PNG
