import sys

import pytest

from corpus import storage
from corpus.errors import OutputError


def test_a_file_whose_writing_fails_never_appears(tmp_path):
    target = str(tmp_path / "a" / "table.bin")

    def fail_in_the_middle():
        with storage.writing(target) as stream:
            stream.write(b"half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_in_the_middle()
    assert storage.names_in(str(tmp_path / "a")) == []


def test_json_comes_back_as_it_was_written(tmp_path):
    target = str(tmp_path / "value.json")
    storage.write_json(target, {"url": "http://é/", "n": [1, 2]})
    assert storage.read_json(target) == {"url": "http://é/", "n": [1, 2]}


def test_a_missing_file_reads_as_none_and_a_missing_folder_is_empty(tmp_path):
    assert storage.read_json(str(tmp_path / "none.json")) is None
    assert storage.names_in(str(tmp_path / "none")) == []


def test_a_damaged_json_file_is_named_in_the_error(tmp_path):
    target = str(tmp_path / "plan.json")
    storage.write_bytes(target, b'{"chunks": [')
    with pytest.raises(OutputError, match=r"plan\.json is not the JSON"):
        storage.read_json(target)


def test_an_unknown_scheme_is_refused():
    with pytest.raises(OutputError, match="cannot open ftp://host/x"):
        storage.locate("ftp://host/x")


def test_hdfs_without_any_client_is_one_line_that_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "hdfs_native", None)
    for name in ("ARROW_LIBHDFS_DIR", "HADOOP_HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    with pytest.raises(OutputError, match=r"cannot open hdfs://127\.0\.0\.1:1/x: .*pip install") as caught:
        storage.locate("hdfs://127.0.0.1:1/x")
    assert "\n" not in str(caught.value)
