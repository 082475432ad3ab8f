"""A folder remembers its builds: two decisions on the same pages are compared, and what none of them names can go."""

import signal
import subprocess
import sys
from dataclasses import replace

import pytest

from corpus.cli import main
from corpus.errors import OutputError
from corpus.history import (
    alone_in,
    begin_build,
    finished_builds,
    is_under_way,
    known_digests,
    leave_build,
    name_of,
    write_build,
)
from corpus.look.lookup import open_build
from corpus.manifest import read_manifest, write_manifest
from corpus.storage import read_json
from corpus.tables import TABLES
from corpus.view.index import Question, count
from corpus.view.reading import Site, read_all
from corpus.view.site import look_at
from tests.unit import written_build
from tests.unit.drawn_build import draw_build
from tests.unit.drawn_pages import PAGES
from tests.unit.written_build import CHUNK, DIGEST

OTHER = "ba9876543210"


def told(**changed):
    return {
        "digests": dict.fromkeys(TABLES, DIGEST) | changed,
        "chunks": [CHUNK],
        "settings": {},
        "version": "0",
    }


@pytest.fixture
def out(tmp_path):
    """A folder of two builds: in the last one the last page has no decision, in the one before it all have."""
    written_build.write_build(tmp_path, draw_build(PAGES), written_build.Settings())
    last = read_json(str(tmp_path / "build.json"))
    earlier = tmp_path / "tables" / "document_decisions" / OTHER
    (tmp_path / "tables" / "document_decisions" / DIGEST).rename(earlier)
    moved = read_manifest(str(earlier / f"chunk={CHUNK}"))
    write_manifest(str(earlier / f"chunk={CHUNK}"), replace(moved, digest=OTHER))
    written = tmp_path / "again"
    written_build.write_build(written, draw_build(PAGES[:-1]), written_build.Settings())
    (written / "tables" / "document_decisions" / DIGEST).rename(earlier.parent / DIGEST)
    write_build(str(tmp_path), {**last, "digests": last["digests"] | {"document_decisions": OTHER}})
    write_build(str(tmp_path), last)
    return tmp_path


def beside(out):
    """The file that tells of the earlier build."""
    (name,) = finished_builds(str(out)).keys() - {name_of(read_json(str(out / "build.json")))}
    return out / "builds" / f"{name}.json"


def test_a_build_stays_known_when_a_later_one_takes_its_place(out):
    assert len(finished_builds(str(out))) == 2
    assert read_json(str(beside(out)))["digests"]["document_decisions"] == OTHER
    assert read_json(str(out / "build.json"))["digests"]["document_decisions"] == DIGEST


def test_the_same_tables_of_more_files_take_the_place_of_the_earlier_self(out):
    write_build(str(out), {**read_json(str(out / "build.json")), "chunks": [CHUNK, "c00001"]})
    assert len(finished_builds(str(out))) == 2


def test_an_earlier_build_of_a_folder_is_opened_by_its_file(out):
    stored, _ = open_build(str(beside(out)))
    assert stored.out == str(out)
    assert stored.digests["document_decisions"] == OTHER
    assert open_build(str(out))[0].digests["document_decisions"] == DIGEST


def test_two_decisions_of_one_folder_are_looked_at_side_by_side(out):
    site = Site(look_at(str(out)), look_at(str(beside(out))))
    read_all(site)
    assert count(site.other.index, Question()) == len(PAGES)
    assert count(site.build.index, Question()) == len(PAGES) - 1


def test_nothing_that_a_build_names_goes_and_nothing_goes_unasked(out, capsys):
    orphan = out / "tables" / "images" / OTHER / "chunk=c00000"
    orphan.mkdir(parents=True)
    (orphan / "part-00000.parquet").write_bytes(bytes(12_000))
    for arguments, freed in (
        ([], "would be freed"),
        (["--dry-run"], "would be freed"),
        (["--remove"], "freed"),
    ):
        assert orphan.exists()
        assert main(["gc", str(out), *arguments]) == 0
        lines = capsys.readouterr().out.splitlines()
        assert lines[0].split() == ["12.0", "kB", f"tables/images/{OTHER}"]
        assert lines[1].startswith(f"12.0 kB {freed}")
        assert len(lines) == 2
    assert not orphan.parent.exists()
    assert (out / "tables" / "document_decisions" / OTHER).exists()


def test_tables_of_a_build_under_way_stay(out, capsys):
    begin_build(str(out), told(images=OTHER), None)
    folder = out / "tables" / "images" / OTHER
    folder.mkdir()
    assert {digests["images"] for digests in known_digests(str(out))} == {DIGEST, OTHER}
    assert main(["gc", str(out), "--remove"]) == 0
    assert capsys.readouterr().out == "0 B freed\n"
    assert folder.exists()


def test_an_unwanted_build_goes_with_the_tables_that_it_alone_names(out, capsys):
    assert main(["gc", str(out), "--drop-build", beside(out).stem, "--remove"]) == 0
    assert f"tables/document_decisions/{OTHER}" in capsys.readouterr().out
    assert not (out / "tables" / "document_decisions" / OTHER).exists()
    assert len(finished_builds(str(out))) == 1


def test_the_last_build_stays(out, capsys):
    last = name_of(read_json(str(out / "build.json")))
    assert main(["gc", str(out), "--drop-build", last, "--remove"]) == 1
    assert "it stays" in capsys.readouterr().err
    assert main(["gc", str(out), "--drop-build", "0000", "--remove"]) == 1
    assert "has no build 0000" in capsys.readouterr().err


def test_a_folder_that_tells_of_no_build_keeps_everything(tmp_path, capsys):
    (tmp_path / "tables" / "images" / OTHER).mkdir(parents=True)
    assert main(["gc", str(tmp_path), "--remove"]) == 1
    assert "nothing tells which tables are needed" in capsys.readouterr().err
    assert (tmp_path / "tables" / "images" / OTHER).exists()


def test_a_build_that_failed_says_so_unless_another_one_began_meanwhile(out):
    first = begin_build(str(out), told(images=OTHER), None)
    leave_build(str(out), first)
    assert not is_under_way(read_json(f"{out}/running.json"))
    second = begin_build(str(out), told(images=OTHER), "images")
    leave_build(str(out), first)
    assert is_under_way(read_json(f"{out}/running.json"))
    leave_build(str(out), second)
    assert not is_under_way(read_json(f"{out}/running.json"))


def test_two_builds_cannot_be_under_way_in_one_folder(tmp_path):
    with (
        alone_in(str(tmp_path)),
        pytest.raises(OutputError, match=f"another build is under way in {tmp_path}"),
        alone_in(str(tmp_path)),
    ):
        pass
    with alone_in(str(tmp_path)):
        pass


def test_a_build_that_was_killed_holds_its_folder_no_more(tmp_path):
    holding = "import os, signal, sys; from corpus.history import alone_in\n"
    holding += "with alone_in(sys.argv[1]): os.kill(os.getpid(), signal.SIGKILL)"
    assert (
        subprocess.run([sys.executable, "-c", holding, str(tmp_path)], check=False).returncode
        == -signal.SIGKILL
    )
    with alone_in(str(tmp_path)):
        pass
