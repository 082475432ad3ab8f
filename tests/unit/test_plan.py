import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.errors import OutputError
from corpus.plan import Chunk, extend_plan, read_plan, write_plan

FILES = st.lists(st.text("abc", min_size=1, max_size=3), unique=True, max_size=12)


@given(FILES, FILES, st.integers(1, 4))
def test_every_file_stands_in_one_chunk_and_earlier_chunks_stay(first, more, files_per_chunk):
    earlier = extend_plan([], first, files_per_chunk)
    together = list(dict.fromkeys([*first, *more]))
    later = extend_plan(earlier, together, files_per_chunk)
    assert later[: len(earlier)] == earlier
    assert sorted(file for chunk in later for file in chunk.files) == sorted(together)
    assert all(1 <= len(chunk.files) <= files_per_chunk for chunk in later)
    assert len({chunk.name for chunk in later}) == len(later)


def test_a_folder_built_from_other_files_is_refused():
    with pytest.raises(OutputError, match=r"1 other file\(s\), such as old\.warc"):
        extend_plan([Chunk("c00000", ("old.warc",), (-1,))], ["new.warc"], 10)


def test_a_plan_comes_back_as_it_was_written(tmp_path):
    chunks = extend_plan([], ["a.warc", "b.warc", "c.warc"], 2)
    write_plan(str(tmp_path), chunks)
    assert read_plan(str(tmp_path)) == chunks
