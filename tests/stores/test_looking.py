"""A build in each store, looked at: what the commands and the viewer say of it is what they say of it on disk."""

import os
import uuid

import pyarrow.parquet as pq
import pytest

from corpus.cli import main
from corpus.look.funnel import funnel_table
from corpus.look.tallies import part_tallies
from corpus.overrides import settings_from
from corpus.plan import Chunk, write_plan
from corpus.storage import join, locate, put_file, remove_folder
from corpus.view.index import Question, count
from corpus.view.reading import Site, read_all
from corpus.view.site import look_at, respond
from tests.unit.drawn_build import content, draw_build, parts_of
from tests.unit.drawn_pages import LAKES, PAGES
from tests.unit.written_build import CHUNK, DIGEST, write_build

SETTINGS = settings_from({"align": {"min_similarity": 0.15}})
LAKES_ID = f"{0:032x}"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder, build = tmp_path_factory.mktemp("looked-at"), draw_build(PAGES)
    write_build(folder, build, SETTINGS)
    write_plan(str(folder), [Chunk(CHUNK, ("a.warc.gz",), (-1,))])
    (folder / "tables" / "funnel" / DIGEST).mkdir(exist_ok=True)
    funnel = funnel_table(part_tallies(parts_of(build)), {})
    pq.write_table(funnel, folder / "tables" / "funnel" / DIGEST / "funnel.parquet")
    return folder


@pytest.fixture(scope="module")
def build(store, folder):
    uri = join(store, f"test-{uuid.uuid4().hex}")
    for place, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(place, name)
            put_file(path, join(uri, os.path.relpath(path, folder)))
    yield uri
    remove_folder(uri)


@pytest.mark.parametrize(
    "command",
    [("explain", LAKES.url), ("explain", content(LAKES, 0)[1]), ("thresholds",), ("report",), ("gc",)],
)
def test_a_command_says_of_a_build_in_the_store_what_it_says_of_one_on_disk(build, folder, capsys, command):
    told = []
    for out in (build, str(folder)):
        assert main([command[0], out, *command[1:]]) == 0
        told.append(without_place(capsys.readouterr().out.encode(), out))
    assert told[0] == told[1] != b""


def test_a_build_in_the_store_is_known_to_have_ended(build, capsys):
    assert main(["status", build]) == 0
    assert "finished" in capsys.readouterr().out


def test_urls_of_a_build_in_the_store_are_listed(build, folder, tmp_path):
    found = []
    for number, out in enumerate((build, str(folder))):
        assert main(["export-urls", out, str(tmp_path / f"{number}.parquet")]) == 0
        found.append(pq.read_table(tmp_path / f"{number}.parquet"))
    assert found[0].equals(found[1])
    assert found[0].num_rows > 0


def without_place(told, out):
    return told.replace(out.encode(), b"").replace(locate(out)[1].encode(), b"")


def looked_at(out):
    site = Site(look_at(out))
    read_all(site)
    assert site.fault == ""
    return site


def test_the_viewer_shows_of_a_build_in_the_store_what_it_shows_of_one_on_disk(build, folder):
    there, here = looked_at(build), looked_at(str(folder))
    assert count(there.build.index, Question()) == len(PAGES)
    for path in ("/", "/scores", f"/page/{LAKES_ID}", f"/picture/{CHUNK}/{content(LAKES, 0)[1]}"):
        shown = [without_place(respond(site, path).body, site.build.out) for site in (there, here)]
        assert shown[0] == shown[1]
    assert respond(there, f"/picture/{CHUNK}/{content(LAKES, 0)[1]}").body == content(LAKES, 0)[0]
