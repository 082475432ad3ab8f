from types import SimpleNamespace

import pytest
from pyarrow import fs

from corpus.child import Child
from corpus.hdfs import Handler, failures, file_system


def silent(*_, **__):
    raise OSError("Connection refused (os error 111)")


@pytest.fixture
def unanswering():
    """A file system whose name node does not answer."""
    client = SimpleNamespace(list_status=silent, read=silent, rename=silent, delete=silent)
    return fs.PyFileSystem(Handler(SimpleNamespace(host="h:1", protocol="hdfs", client=client, info=silent)))


@pytest.mark.parametrize(
    "ask",
    [
        lambda store: store.get_file_info(fs.FileSelector("/x", allow_not_found=True, recursive=True)),
        lambda store: store.get_file_info("/x"),
        lambda store: store.open_input_stream("/x"),
        lambda store: store.open_input_file("/x"),
        lambda store: store.move("/x", "/y"),
        lambda store: store.delete_file("/x"),
    ],
)
def test_no_answer_is_not_taken_for_nothing_there(unanswering, ask):
    with pytest.raises(OSError, match=r"^hdfs://h:1: Connection refused"):
        ask(unanswering)


def test_a_refusal_is_one_line_without_the_trace_through_java():
    refused = 'RPCError("org.apache.hadoop.security.AccessControlException", "Permission denied: user=x\\n\\tat org.'
    with pytest.raises(PermissionError) as caught, failures("h:1"):
        raise RuntimeError(refused)
    assert str(caught.value).endswith("Permission denied: user=x")


def test_a_fork_works_after_a_client_of_hdfs_native_was_let_go():
    pytest.importorskip("hdfs_native")
    file_system("127.0.0.1:1")
    file_system.cache_clear()
    with Child(abs, 0.2, 2**28) as child:
        assert child.run(-2) == 2
