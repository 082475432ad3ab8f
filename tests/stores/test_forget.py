"""Forgetting in a build that lies in a store."""

from concurrent.futures import ThreadPoolExecutor

import pytest

import corpus
from corpus.cli import main
from corpus.forget.build import run_of
from corpus.history import finished_builds
from corpus.look.funnel import check_funnel
from corpus.overrides import settings_from
from corpus.plan import Chunk, read_plan, write_plan
from corpus.run import conclude, count
from corpus.storage import files_under, join, put_file, read_bytes
from tests.unit.drawn_build import content, draw_build
from tests.unit.drawn_pages import LAKES, MOUNTAINS, PAGES
from tests.unit.written_build import CHUNK, write_build


def whole(out):
    (build,) = finished_builds(out).values()
    return run_of(out, build, read_plan(out))


@pytest.fixture
def build(place_for, tmp_path):
    """A finished build of the drawn pages, reported, in the store."""
    local, stored = tmp_path / "build", place_for
    write_build(local, draw_build(PAGES), settings_from({"align": {"min_similarity": 0.15}}))
    write_plan(str(local), [Chunk(CHUNK, ("sample.warc.gz",), (-1,))])
    conclude(whole(str(local)))
    with ThreadPoolExecutor(8) as threads:
        list(
            threads.map(lambda name: put_file(f"{local}/{name}", join(stored, name)), files_under(str(local)))
        )
    return stored


def test_pages_and_pictures_are_forgotten_in_a_build_in_the_store(build, tmp_path):
    data, digest = content(LAKES, 1)
    (tmp_path / "urls.txt").write_text(MOUNTAINS.url)
    (tmp_path / "hashes.txt").write_text(digest)
    command = ["forget", build, "--url", str(tmp_path / "urls.txt"), "--hash", str(tmp_path / "hashes.txt")]
    assert main(command) == 0
    rows = {row["url"]: row for batch in corpus.open(build) for row in batch.to_pylist()}
    assert MOUNTAINS.url not in rows
    assert [picture["bytes"] for picture in rows[LAKES.url]["images"]] == [content(LAKES, 0)[0]]
    files = [name for name in files_under(build) if name.endswith(".parquet")]
    assert [name for name in files if data in read_bytes(join(build, name))] == []
    check_funnel(count(whole(build)))
