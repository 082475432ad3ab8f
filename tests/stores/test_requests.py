"""What reading a release asks of a store, counted by the one with the S3 API."""

import json
import os
import uuid
from pathlib import Path

import pyarrow.compute as pc
import pytest

import corpus
from corpus.publish.publication import Sizes, prepare
from corpus.publish.publish import How, publish
from corpus.publish.rows import Choice
from corpus.storage import join, locate, remove_folder
from corpus.validate.validate import validate
from tests.unit.stored_build import write_build

pytestmark = pytest.mark.parametrize("store", ["s3"], indirect=True, scope="session")
GROUP_BYTES = 20_000


@pytest.fixture(scope="module")
def place(store):
    if "CORPUS_TEST_REQUESTS" not in os.environ:
        pytest.skip("this store does not tell what was asked of it")
    uri = join(store, f"test-{uuid.uuid4().hex}")
    yield uri
    remove_folder(uri)


@pytest.fixture(scope="module")
def release(place, tmp_path_factory):
    build = write_build(tmp_path_factory.mktemp("counted") / "build", 30)
    sizes = Sizes(3 * GROUP_BYTES, GROUP_BYTES)
    return publish(prepare(build, place, Choice(), sizes), How(), lambda text: None)


class Log:
    """What was asked for since it was made: (method, range of bytes) of each request for one file."""

    def __init__(self):
        self.path = Path(os.environ["CORPUS_TEST_REQUESTS"])
        self.start = self.path.stat().st_size

    def of(self, uri):
        path = f"/{locate(uri)[1]}"
        asked = map(json.loads, self.path.read_text()[self.start :].splitlines())
        return [(method, ends(bytes_)) for method, name, _, bytes_ in asked if name == path]


def ends(text):
    first, _, last = text.removeprefix("bytes=").partition("-")
    return (int(first), int(last) + 1) if text else None


def methods(log, place, file):
    return sorted(method for method, _ in log.of(join(place, file.path)))


def gets(n):
    """Is it there? Open it. Then so many times read."""
    return ["GET"] * n + ["HEAD"] * 2


def test_a_file_is_opened_once_its_footer_read_once_and_each_row_group_in_one_request(release, place):
    log = Log()
    assert sum(batch.num_rows for batch in corpus.open(place)) == 30
    assert max(len(file.row_groups) for file in release.files) > 1
    for file in release.files[1:]:  # the first is opened for its columns before
        assert methods(log, place, file) == gets(1 + len(file.row_groups))


def test_of_a_file_in_which_nothing_fits_by_its_footer_nothing_else_is_read(release, place):
    log = Log()
    assert list(corpus.open(place, where=pc.field("document_id") == "none")) == []
    for file in release.files[1:]:
        assert methods(log, place, file) == gets(1)


def test_the_loader_reads_a_footer_once_though_row_groups_come_in_a_random_order(release, place):
    dataset = corpus.torch_dataset(place, seed=7, shuffle_rows=1, decode=False)
    log = Log()
    assert len(list(dataset)) == 30
    for file in release.files:
        assert methods(log, place, file) == gets(1 + len(file.row_groups))[:-1]


def test_validation_asks_for_each_byte_once(release, place):
    log = Log()
    assert list(validate(place, lambda text: None)) == []
    for file in release.files:
        ranges = [bytes_ for method, bytes_ in log.of(join(place, file.path)) if method == "GET"]
        assert ranges == [(0, file.bytes)]
