"""What a user names becomes addresses, and an address a stream."""

import contextlib
import gzip
import http.server
import io
import threading
from typing import ClassVar

import pytest
from botocore.exceptions import ClientError, IncompleteReadError

from corpus.errors import InputError
from corpus.warc import remote
from corpus.warc.remote import ResumingStream
from corpus.warc.sources import expand_inputs, open_warc, refuse_copies

DATA = bytes(range(256)) * 4_000


def touch(folder, *names):
    for name in names:
        (folder / name).write_bytes(b"x")


def test_files_come_out_sorted_and_once(tmp_path):
    touch(tmp_path, "b.warc.gz", "a.warc.gz")
    given = [str(tmp_path / "b.warc.gz"), str(tmp_path / "a.warc.gz"), str(tmp_path / "b.warc.gz")]
    assert expand_inputs(given) == [str(tmp_path / "a.warc.gz"), str(tmp_path / "b.warc.gz")]


def test_a_folder_means_its_warc_and_arc_files(tmp_path):
    touch(tmp_path, "a.warc", "b.warc.gz", "c.arc", "d.ARC.GZ", "notes.txt", "e.warc.gz.md5.bak", "f.json")
    names = [path.rpartition("/")[2] for path in expand_inputs([str(tmp_path)])]
    assert names == ["a.warc", "b.warc.gz", "c.arc", "d.ARC.GZ"]


def test_a_glob_matches_files_also_in_folders_below(tmp_path):
    (tmp_path / "deep" / "er.warc.gz").mkdir(parents=True)
    touch(tmp_path, "a.warc.gz", "b.txt")
    touch(tmp_path / "deep", "c.warc.gz")
    expected = [str(tmp_path / "a.warc.gz"), str(tmp_path / "deep" / "c.warc.gz")]
    assert expand_inputs([f"{tmp_path}/**/*.warc.gz"]) == expected


def test_an_empty_file_and_one_of_something_else_are_taken_as_given(tmp_path):
    (tmp_path / "empty.warc.gz").touch()
    touch(tmp_path, "letter.doc")
    assert len(expand_inputs([str(tmp_path / "empty.warc.gz"), str(tmp_path / "letter.doc")])) == 2


@pytest.mark.parametrize("name", ["warc.paths", "warc.paths.gz", "inputs.txt"])
def test_a_listing_names_files_beside_it_and_in_common_crawl(tmp_path, name):
    touch(tmp_path, "a.warc.gz")
    lines = b"# a comment\n\ncrawl-data/CC-MAIN-2024-10/x.warc.gz\r\n  a.warc.gz\nhttps://e.org/b.warc.gz\ns3://b/k.warc\n"
    (tmp_path / name).write_bytes(gzip.compress(lines) if name.endswith("gz") else lines)
    assert expand_inputs([str(tmp_path / name)]) == [
        str(tmp_path / "a.warc.gz"),
        "https://data.commoncrawl.org/crawl-data/CC-MAIN-2024-10/x.warc.gz",
        "https://e.org/b.warc.gz",
        "s3://b/k.warc",
    ]


def test_a_crawl_path_that_lies_beside_the_listing_is_read_there(tmp_path):
    (tmp_path / "crawl-data").mkdir()
    touch(tmp_path / "crawl-data", "x.warc.gz")
    (tmp_path / "warc.paths").write_text("crawl-data/x.warc.gz\n")
    assert expand_inputs([str(tmp_path / "warc.paths")]) == [str(tmp_path / "crawl-data" / "x.warc.gz")]


@pytest.mark.parametrize(
    ("make", "given", "message"),
    [
        (None, "missing.warc.gz", "no such WARC file: {}"),
        (None, "*.warc.gz", "nothing matches {}"),
        ("folder/notes.txt", "folder", "no file in folder {} ends in"),
        (
            "bad.paths=no/such/file.warc.gz",
            "bad.paths",
            "names no/such/file.warc.gz, which is neither beside it",
        ),
        ("bad.paths.gz=\x1f\x8bnot gzip", "bad.paths.gz", "cannot read listing {}"),
        ("empty.paths=", "empty.paths", "nothing matches {}"),
    ],
)
def test_an_input_that_names_nothing_is_one_clear_error(tmp_path, make, given, message):
    if make:
        name, _, content = make.partition("=")
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(content.encode("latin-1"))
    with pytest.raises(InputError) as caught:
        expand_inputs([str(tmp_path / given)])
    assert message.format(tmp_path / given) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_no_input_and_unknown_schemes_are_errors():
    with pytest.raises(InputError, match="no WARC file given"):
        expand_inputs([])
    with pytest.raises(InputError, match="start with https://, s3://, gs:// or hdfs://"):
        expand_inputs(["ftp://example.org/a.warc.gz"])


def test_a_local_stream_starts_at_the_offset(tmp_path):
    (tmp_path / "a.warc").write_bytes(DATA)
    with open_warc(str(tmp_path / "a.warc"), 1000) as stream:
        assert stream.read() == DATA[1000:]


class Handler(http.server.BaseHTTPRequestHandler):
    """Serves DATA; /breaks drops the connection, /busy answers 503 once, /norange ignores ranges."""

    asked: ClassVar[list[tuple[str, str | None]]] = []

    def do_GET(self):
        range_ = self.headers.get("Range")
        first = not any(path == self.path for path, _ in self.asked)
        self.asked.append((self.path, range_))
        if self.path == "/missing" or (self.path == "/busy" and first):
            self.send_error(404 if self.path == "/missing" else 503)
            return
        start = int(range_.split("=")[1].rstrip("-")) if range_ and self.path != "/norange" else 0
        body = LISTING if self.path == "/warc.paths" else DATA[start:]
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        with contextlib.suppress(ConnectionError):
            self.wfile.write(body[:300_000] if self.path == "/breaks" else body)

    def log_message(self, *args):
        pass


LISTING = b"one.warc.gz\ncrawl-data/two.warc.gz\n"


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setattr(Handler, "asked", [])
    monkeypatch.setattr(remote.time, "sleep", lambda seconds: None)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()


def test_a_remote_stream_is_one_request_without_a_range(server):
    with open_warc(f"{server}/file") as stream:
        assert stream.read() == DATA
    assert Handler.asked == [("/file", None)]


def test_a_remote_stream_starts_at_the_offset_by_a_range(server):
    with open_warc(f"{server}/file", 1000) as stream:
        assert stream.read(10) == DATA[1000:1010]
    assert Handler.asked == [("/file", "bytes=1000-")]


def test_a_connection_that_breaks_is_taken_up_where_it_broke(server):
    with open_warc(f"{server}/breaks") as stream:
        assert stream.read() == DATA
    assert [range_ for _, range_ in Handler.asked] == [
        None,
        "bytes=300000-",
        "bytes=600000-",
        "bytes=900000-",
    ]


def test_a_busy_server_is_asked_again(server):
    with open_warc(f"{server}/busy") as stream:
        assert stream.read() == DATA
    assert len(Handler.asked) == 2


def test_a_missing_file_is_not_asked_for_again(server):
    with open_warc(f"{server}/missing") as stream, pytest.raises(FileNotFoundError, match="status 404"):
        stream.read()
    assert len(Handler.asked) == 1


def test_a_server_without_ranges_is_not_read_from_its_start(server):
    with (
        open_warc(f"{server}/norange", 10) as stream,
        pytest.raises(OSError, match="does not serve from byte 10"),
    ):
        stream.read()


def test_a_remote_listing_resolves_its_lines(server):
    assert expand_inputs([f"{server}/warc.paths"]) == [
        f"{server}/one.warc.gz",
        "https://data.commoncrawl.org/crawl-data/two.warc.gz",
    ]


def test_a_stream_gives_up_after_five_attempts_without_progress(monkeypatch):
    waits = []
    monkeypatch.setattr(remote.time, "sleep", waits.append)

    def fail(offset):
        raise ConnectionResetError("gone")

    with ResumingStream(fail, 7) as stream, pytest.raises(OSError, match="at byte 7 after 5 attempts"):
        stream.read(1)
    assert waits == [0.5, 1.0, 2.0, 4.0, 8.0]


class Bucket:
    """A bucket of three objects, in place of boto3's client."""

    keys = ("crawl/a.warc.gz", "crawl/b.warc.gz", "crawl/b.wet.gz", "other/c.warc.gz")

    def get_paginator(self, operation):
        return self

    def paginate(self, *, Bucket, Prefix):  # noqa: N803  boto3's names
        if Bucket != "crawls":
            raise ClientError({"Error": {"Code": "NoSuchBucket"}}, "ListObjectsV2")
        return [{"Contents": [{"Key": key}]} for key in self.keys if key.startswith(Prefix)] + [{}]

    def get_object(self, *, Bucket, Key, Range="bytes=0-"):  # noqa: N803  boto3's names
        if Key not in self.keys:
            raise ClientError({"Error": {"Code": "NoSuchKey"}}, "GetObject")
        return {"Body": Broken(DATA[int(Range[6:-1]) :])}


class Broken(io.BytesIO):
    """A body whose connection breaks after the first read."""

    def read(self, size=-1):
        if self.tell():
            raise IncompleteReadError(actual_bytes=1, expected_bytes=2)
        return super().read(min(size, 400_000))


@pytest.fixture
def bucket(monkeypatch):
    monkeypatch.setattr(remote, "s3_client", Bucket)
    monkeypatch.setattr(remote.time, "sleep", lambda seconds: None)


def test_a_glob_over_a_bucket_matches_its_objects(bucket):
    expected = ["s3://crawls/crawl/a.warc.gz", "s3://crawls/crawl/b.warc.gz"]
    assert expand_inputs(["s3://crawls/crawl/*.warc.gz"]) == expected


def test_a_bucket_that_holds_nothing_or_is_not_there_is_one_clear_error(bucket):
    with pytest.raises(InputError, match="nothing matches s3://crawls/none"):
        expand_inputs(["s3://crawls/none*"])
    with pytest.raises(InputError, match="cannot list s3://absent/"):
        expand_inputs(["s3://absent/*"])


def test_an_object_is_read_on_where_its_connection_broke(bucket):
    with open_warc("s3://crawls/crawl/a.warc.gz", 10) as stream:
        assert stream.read() == DATA[10:]
    with open_warc("s3://crawls/none") as stream, pytest.raises(FileNotFoundError, match="NoSuchKey"):
        stream.read()


def test_a_copy_under_the_same_name_is_refused_and_a_namesake_is_not(tmp_path):
    for folder, data in (("a", b"WARC/1.0 one"), ("b", b"WARC/1.0 two"), ("c", b"WARC/1.0 one")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "x.warc").write_bytes(data)
    names = [str(tmp_path / folder / "x.warc") for folder in "abc"]
    refuse_copies(names[:2])
    with pytest.raises(InputError, match=rf"{names[2]} is a copy of {names[0]}"):
        refuse_copies(names)


def test_empty_files_are_no_copies_of_each_other(tmp_path):
    for folder in "ab":
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "x.warc").write_bytes(b"")
    refuse_copies([str(tmp_path / folder / "x.warc") for folder in "ab"])
