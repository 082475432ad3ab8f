"""The WARC files in a WACZ file are read as if they lay beside it."""

import zipfile

import pytest

from corpus.errors import InputError
from corpus.warc.reading import read_records
from corpus.warc.records import End, read_response_at
from corpus.warc.sources import expand_inputs, open_warc
from tests.unit.warc_bytes import gzipped, page_record

PAGES = [page_record(b"<p>one</p>", "http://e.org/1"), page_record(b"<p>two</p>", "http://e.org/2")]
DATA = gzipped(*PAGES)


def write_wacz(path, members, compression=zipfile.ZIP_STORED):
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return str(path)


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_its_warc_files_are_read_and_every_offset_leads_back(tmp_path, compression):
    members = {
        "datapackage.json": b"{}",
        "archive/b.warc.gz": DATA,
        "archive/a.WARC": b"".join(PAGES),
        "archive/notes.txt": b"x",
        "pages/c.warc.gz": DATA,
    }
    path = write_wacz(tmp_path / "crawl.wacz", members, compression)
    addresses = expand_inputs([str(tmp_path)])
    assert addresses == [f"{path}#archive/a.WARC", f"{path}#archive/b.warc.gz"]
    for address in addresses:
        with open_warc(address) as stream:
            *responses, end = read_records(stream, 2**20)
        assert [response.url for response in responses] == ["http://e.org/1", "http://e.org/2"]
        assert end == End(2, len(members[address.partition("#")[2]]))
        assert [read_response_at(address, response.offset, 2**20).body for response in responses] == [
            b"<p>one</p>",
            b"<p>two</p>",
        ]


def test_a_short_member_with_a_wrong_checksum_is_a_fault(tmp_path):
    path = tmp_path / "bad.wacz"
    write_wacz(path, {"archive/a.warc.gz": DATA})
    whole = path.read_bytes()
    spot = whole.index(DATA) + len(DATA) - 3
    path.write_bytes(whole[:spot] + bytes([whole[spot] ^ 1]) + whole[spot + 1 :])
    (address,) = expand_inputs([str(path)])
    with open_warc(address) as stream:
        items = list(read_records(stream, 2**20))
    assert [getattr(item, "kind", item) for item in items] == ["unreadable", End(0, 0)]


def test_a_member_that_is_gone_is_a_fault_of_its_own(tmp_path):
    path = write_wacz(tmp_path / "a.wacz", {"archive/a.warc.gz": DATA})
    fault = read_response_at(f"{path}#archive/b.warc.gz", 0, 2**20)
    assert (fault.kind, fault.offset) == ("unreadable", 0)
    assert "archive/b.warc.gz" in fault.message


@pytest.mark.parametrize(
    ("members", "message"),
    [({"datapackage.json": b"{}"}, "holds no WARC file"), (None, "cannot read WACZ file")],
)
def test_a_wacz_file_without_warc_files_or_that_is_none_is_one_clear_error(tmp_path, members, message):
    path = tmp_path / "a.wacz"
    if members is None:
        path.write_bytes(b"no zip")
    else:
        write_wacz(path, members)
    with pytest.raises(InputError, match=message):
        expand_inputs([str(path)])


def test_a_wacz_file_elsewhere_is_refused_with_what_to_do():
    with pytest.raises(InputError, match="copy it there"):
        expand_inputs(["https://e.org/a.wacz"])
