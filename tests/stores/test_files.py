"""What the code relies on of every store: files are whole or absent, replaced in one step, listed and removed."""

import pytest

from corpus.storage import (
    files_under,
    join,
    locate,
    names_in,
    put_file,
    read_bytes,
    read_json,
    remove_file,
    remove_folder,
    write_bytes,
    writing,
)
from corpus.table_listing import list_table


def test_what_a_failing_writer_wrote_never_appears_and_an_earlier_object_stays(place_for):
    def write(uri, *parts):
        with writing(uri) as stream:
            for part in parts:
                if part is None:
                    raise OSError("no space left on device")
                stream.write(part)

    whole, lost = join(place_for, "whole"), join(place_for, "lost")
    write(whole, b"whole")
    for uri in (whole, lost):
        with pytest.raises(OSError, match="no space left"):
            write(uri, b"part", None)
    assert files_under(place_for) == {"whole": 5}
    write(whole, b"newer")
    filesystem, path = locate(whole)
    assert filesystem.open_input_stream(path).read() == b"newer"


def test_a_large_file_goes_in_parts_and_is_read_by_ranges(place_for, tmp_path):
    data = bytes(range(256)) * 100_000  # 25.6 MB; parts have 10 MB
    (tmp_path / "large").write_bytes(data)
    put_file(str(tmp_path / "large"), join(place_for, "large"))
    assert files_under(place_for) == {"large": len(data)}
    filesystem, path = locate(join(place_for, "large"))
    with filesystem.open_input_file(path) as stream:
        stream.seek(10_485_700)
        assert stream.read(300) == data[10_485_700:10_486_000]


def test_folders_are_listed_that_hold_files_alone(place_for):
    for name in ("tables/documents/D1/chunk=c00000/part-0.parquet", "tables/images/D2/x", "tables/notes"):
        write_bytes(join(place_for, name), b"x")
    assert names_in(place_for) == ["tables"]
    assert names_in(join(place_for, "tables")) == ["documents", "images", "notes"]
    assert names_in(join(place_for, "tables", "documents", "D1")) == ["chunk=c00000"]
    assert names_in(join(place_for, "tables", "documents", "D1", "chunk=c00000")) == ["part-0.parquet"]
    assert names_in(join(place_for, "table")) == names_in(join(place_for, "tables", "none")) == []


def test_a_folder_is_removed_with_all_that_is_in_it_and_no_other(place_for):
    for name in ("a/b/c", "a/d", "ab/c"):
        write_bytes(join(place_for, name), b"x")
    remove_folder(join(place_for, "a"))
    remove_folder(join(place_for, "none"))
    assert files_under(place_for) == {"ab/c": 1}
    assert names_in(place_for) == ["ab"]


def test_a_file_is_removed_and_reads_as_none_like_one_that_never_was(place_for):
    write_bytes(join(place_for, "file"), b"{}")
    assert read_json(join(place_for, "file")) == {}
    remove_file(join(place_for, "file"))
    remove_file(join(place_for, "file"))
    assert read_bytes(join(place_for, "file")) is None
    assert read_bytes(join(place_for, "folder", "file")) is None


def test_a_listing_tells_chunks_when_their_manifests_were_written_and_segments(place_for):
    for name in (
        "chunk=c00000/_manifest.json",
        "chunk=c00000/part",
        "chunk=c00002/part",
        "_sealed/c00000.segment",
    ):
        write_bytes(join(place_for, name), b"data")
    found = list_table(place_for)
    assert set(found.folders.tolist()) == {0, 2}
    assert (found.manifests.tolist(), found.n_bytes.tolist()) == ([0], [4])
    assert found.written_ns[0] > 1_700_000_000 * 10**9
    assert found.segments == ("c00000",)
