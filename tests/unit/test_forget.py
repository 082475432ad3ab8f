"""What is forgotten is in no file of a build or a release any more, and both still add up."""

import hashlib
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import corpus
from corpus.cli import main
from corpus.fetch.opt_outs import EXCLUSIONS, OptOuts, domain_entry, read_exclusions, read_opt_outs
from corpus.forget import build as forgetting
from corpus.forget.build import run_of
from corpus.forget.edits import edits
from corpus.forget.parts import next_name
from corpus.forget.reach import Reach
from corpus.history import begin_build, finished_builds
from corpus.look.funnel import check_funnel
from corpus.manifest import read_manifest
from corpus.overrides import settings_from
from corpus.plan import Chunk, read_plan, write_plan
from corpus.publish.publication import Sizes, prepare
from corpus.publish.publish import How, publish
from corpus.publish.rows import Choice
from corpus.release.manifest import read_release_manifest
from corpus.run import conclude, count
from corpus.storage import read_json
from corpus.tables import TABLES
from tests.unit.drawn_build import content, draw_build, image_url
from tests.unit.drawn_pages import LAKES, MOUNTAINS, PAGES, SHORE
from tests.unit.written_build import CHUNK, DIGEST, write_build

SETTINGS = settings_from({"align": {"min_similarity": 0.15}})


@pytest.fixture
def places(tmp_path):
    """A finished build of the drawn pages, reported, and a release of it in files of a document or two."""
    out, release = tmp_path / "build", tmp_path / "release"
    write_build(out, draw_build(PAGES), SETTINGS)
    write_plan(str(out), [Chunk(CHUNK, ("sample.warc.gz",), (-1,))])
    conclude(run_of(str(out), read_json(f"{out}/build.json"), read_plan(str(out))))
    publish(prepare(str(out), str(release), Choice(), Sizes(20_000, 5_000)), How(), lambda text: None)
    return out, release


def named(tmp_path, *lines):
    path = tmp_path / "names.txt"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return str(path)


def everything(*folders):
    """The bytes of every file, and of every Parquet file also those of its columns, unpacked."""
    for folder in folders:
        for path in sorted(Path(folder).rglob("*")):
            if path.is_file():
                yield path, path.read_bytes()
                if path.suffix == ".parquet":
                    sink = pa.BufferOutputStream()
                    table = pq.read_table(path)
                    with pa.ipc.new_stream(sink, table.schema) as stream:
                        stream.write_table(table)
                    yield path, sink.getvalue().to_pybytes()


def holders(data, *folders):
    return {path.name for path, found in everything(*folders) if data in found}


def rows(out, table):
    paths = sorted((out / "tables" / table / DIGEST / f"chunk={CHUNK}").glob("*.parquet"))
    return [row for path in paths for row in pq.read_table(path).to_pylist()]


def is_whole(release, capsys):
    capsys.readouterr()
    code = main(["validate", str(release), "--processes", "1"])
    return code == 0 or capsys.readouterr().out


def adds_up(out):
    (build,) = finished_builds(str(out)).values()
    check_funnel(count(run_of(str(out), build, read_plan(str(out)))))
    return True


def secrets_of_page(page):
    return [
        page.url.encode(),
        page.title.encode(),
        page.sentences[0].encode(),
        image_url(page, 0).encode(),
        content(page, 0)[0],
    ]


@pytest.mark.parametrize("kind", ["url", "domain", "document"])
def test_a_page_is_in_no_file_any_more_nor_is_what_it_alone_shows(places, tmp_path, capsys, kind):
    name = {"url": MOUNTAINS.url, "domain": "example.net", "document": f"{1:032x}"}[kind]
    assert all(holders(secret, *places) for secret in secrets_of_page(MOUNTAINS))
    assert main(["forget", *map(str, places), f"--{kind}", named(tmp_path, name)]) == 0
    assert [holders(secret, *places) for secret in secrets_of_page(MOUNTAINS)] == [set()] * 5
    assert all(holders(secret, *places) for secret in secrets_of_page(SHORE))
    assert is_whole(places[1], capsys) is True
    assert adds_up(places[0])


def test_a_forgotten_page_is_counted_as_forgotten_in_every_table_that_counts_pages(places, tmp_path):
    out, _ = places
    main(["forget", str(out), "--url", named(tmp_path, MOUNTAINS.url)])
    for table in ("documents", "page_decisions", "document_decisions"):
        fates = {row["document_id"]: row["outcome"] for row in rows(out, table)}
        assert len(fates) == len(PAGES)
        assert fates[f"{1:032x}"] == "forgotten"
    (page,) = [row for row in rows(out, "documents") if row["outcome"] == "forgotten"]
    assert {name for name, value in page.items() if value} == {"document_id", "crawl", "outcome"}
    assert f"{1:032x}" not in {row["document_id"] for row in rows(out, "interleaved")}


def test_every_table_that_names_pages_or_pictures_forgets():
    reach = Reach(*[frozenset()] * 4, {}, frozenset(), frozenset(), 0, 0)
    naming = {
        name
        for name, table in TABLES.items()
        if {"document_id", "content_hash", "image_url_id"}.intersection(table.schema.names)
    }
    assert edits(reach, OptOuts(), {}).keys() == naming


def test_what_was_measured_of_a_page_or_a_picture_goes_with_it(tmp_path):
    (_, gone), (_, other), (_, third) = content(LAKES, 0), content(LAKES, 1), content(SHORE, 0)
    build = draw_build(PAGES)
    build.rows["page_screenings"] += [{"document_id": f"{n:032x}", "evaluation_sets": []} for n in (1, 2)]
    build.rows["image_safety"] += [{"content_hash": each, "scores": []} for each in (gone, other)]
    build.rows["image_kinds"] += [{"content_hash": each, "scores": []} for each in (gone, other)]
    build.rows["document_groups"] += [{"document_id": f"{n:032x}"} for n in (1, 2)]
    build.rows["image_neighbours"] += [
        {"content_hash": one, "similar_to": another, "cosine": 0.9}
        for one, another in ((gone, third), (third, gone), (other, third))
    ]
    write_build(tmp_path / "build", build, SETTINGS)
    write_plan(str(tmp_path / "build"), [Chunk(CHUNK, ("sample.warc.gz",), (-1,))])
    main(["forget", str(tmp_path / "build"), "--document", named(tmp_path, f"{1:032x}")])
    main(["forget", str(tmp_path / "build"), "--hash", named(tmp_path, gone)])
    assert [row["document_id"] for row in rows(tmp_path / "build", "page_screenings")] == [f"{2:032x}"]
    assert [row["document_id"] for row in rows(tmp_path / "build", "document_groups")] == [f"{2:032x}"]
    assert [row["content_hash"] for row in rows(tmp_path / "build", "image_safety")] == [other]
    assert [row["content_hash"] for row in rows(tmp_path / "build", "image_kinds")] == [other]
    assert [row["content_hash"] for row in rows(tmp_path / "build", "image_neighbours")] == [other]


@pytest.mark.parametrize("kind", ["url", "hash"])
def test_a_picture_is_in_no_file_any_more_and_its_page_keeps_the_others(places, tmp_path, capsys, kind):
    url, (data, digest) = image_url(LAKES, 0), content(LAKES, 0)
    secrets = [url.encode(), data, f"{digest}.png".encode()]
    assert all(holders(secret, *places) for secret in secrets)
    assert (
        main(["forget", *map(str, places), f"--{kind}", named(tmp_path, url if kind == "url" else digest)])
        == 0
    )
    assert [holders(secret, *places) for secret in secrets] == [set()] * 3
    for place in places:
        (page,) = [
            row for batch in corpus.open(str(place)) for row in batch.to_pylist() if row["url"] == LAKES.url
        ]
        assert [info["raw_url"] for info in page["image_info"]] == [image_url(LAKES, 1)]
        assert [picture["bytes"] for picture in page["images"]] == [content(LAKES, 1)[0]]
        assert len(page["similarity_matrix"]) == len(page["page_matrix"]) == 1
        assert page["text_list"] == LAKES.sentences
    assert is_whole(places[1], capsys) is True
    assert adds_up(places[0])


def test_a_forgotten_picture_is_counted_as_forgotten_and_other_words_of_its_page_stay(places, tmp_path):
    out, _ = places
    main(["forget", str(out), "--url", named(tmp_path, image_url(LAKES, 0))])
    page = rows(out, "documents")[0]
    assert [bool(each["url"]) for each in page["image_references"]] == [False, True, True, True, True]
    assert page["image_references"][0]["alt"] is None
    decided = [row["outcome"] for row in rows(out, "image_decisions") if row["document_id"] == f"{0:032x}"]
    assert decided == ["forgotten", "kept", "image_aspect", "http_error", "kept"]
    assert [row["outcome"] for row in rows(out, "images") if not row["url"]] == ["forgotten"]
    assert rows(out, "document_decisions")[0]["n_images"] == 1


def test_a_page_that_loses_its_only_picture_leaves_the_product_by_name(places, tmp_path, capsys):
    out, release = places
    main(["forget", str(out), str(release), "--url", named(tmp_path, image_url(MOUNTAINS, 0))])
    assert rows(out, "document_decisions")[1]["outcome"] == "document_images"
    assert rows(out, "documents")[1]["url"] == MOUNTAINS.url
    for place in places:
        urls = [row["url"] for batch in corpus.open(str(place), ["url"]) for row in batch.to_pylist()]
        assert MOUNTAINS.url not in urls
        assert len(urls) == 3
    assert is_whole(release, capsys) is True
    assert adds_up(out)


def test_manifests_tell_true_bytes_and_counts_and_the_fingerprint_that_others_were_made_from(
    places, tmp_path
):
    out, _ = places
    folders = [path.parent for path in sorted(out.rglob("_manifest.json"))]
    before = {folder: read_manifest(str(folder)) for folder in folders}
    main(["forget", str(out), "--url", named(tmp_path, MOUNTAINS.url)])
    n_changed = 0
    for folder in folders:
        after = read_manifest(str(folder))
        assert after.fingerprint == before[folder].fingerprint
        assert {path.name for path in folder.iterdir()} == {part.name for part in after.parts} | {
            "_manifest.json"
        }
        if after != before[folder]:
            n_changed += 1
            for part in after.parts:
                data = (folder / part.name).read_bytes()
                assert (len(data), hashlib.sha256(data).hexdigest()) == (part.file_bytes, part.sha256)
                assert pq.read_metadata(folder / part.name).num_rows == part.n_rows
    assert n_changed == 13


def test_a_second_run_writes_no_table_anew(places, tmp_path):
    out, release = places
    arguments = ["forget", str(out), str(release), "--url", named(tmp_path, MOUNTAINS.url)]
    main(arguments)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("chunk=*/*")}
    released = {path: path.read_bytes() for path in release.rglob("*") if path.is_file()}
    assert main(arguments) == 0
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("chunk=*/*")} == before
    assert {path: path.read_bytes() for path in release.rglob("*") if path.is_file()} == released


@pytest.mark.parametrize("n_writes", [0, 1, 6, 11, 16, 21, 24])
def test_killed_at_any_write_a_rerun_forgets_the_rest(places, tmp_path, monkeypatch, capsys, n_writes):
    out, release = places
    arguments = [
        "forget",
        str(out),
        str(release),
        "--url",
        named(tmp_path, MOUNTAINS.url, image_url(LAKES, 0)),
    ]
    n_done = 0

    def killed(real):
        def write(*given, **named):
            nonlocal n_done
            if n_done == n_writes:
                raise KeyboardInterrupt
            n_done += 1
            return real(*given, **named)

        return write

    with monkeypatch.context() as patch:
        patch.setattr(forgetting, "CHUNKS_AT_ONCE", 1)
        patch.setattr(forgetting, "write_changed", killed(forgetting.write_changed))
        patch.setattr(forgetting, "write_manifest", killed(forgetting.write_manifest))
        patch.setattr(forgetting, "conclude", killed(forgetting.conclude))
        assert main(arguments) == 130
    assert read_exclusions(str(out)).of_url(MOUNTAINS.url)
    assert main(arguments) == 0
    secrets = [*secrets_of_page(MOUNTAINS), image_url(LAKES, 0).encode(), content(LAKES, 0)[0]]
    assert [holders(secret, *places) for secret in secrets] == [set()] * 7
    assert is_whole(release, capsys) is True
    assert adds_up(out)
    (audit,) = [read_json(str(path)) for path in (out / "forgotten").glob("*.json")]
    assert sum(n for file, n in audit["files"].items() if "/interleaved/" in file) == 2
    assert sum(n for file, n in audit["files"].items() if "/documents/" in file) == 2


def test_the_audit_tells_kinds_and_files_but_no_name(places, tmp_path, capsys):
    out, release = places
    main(["forget", str(out), str(release), "--domain", named(tmp_path, "example.net")])
    (audit,) = [json.loads(path.read_text()) for path in (out / "forgotten").glob("*.json")]
    assert audit["entries"] == [domain_entry("example.net")]
    assert audit["finished"] >= audit["begun"]
    assert audit["files"][f"tables/documents/{DIGEST}/chunk={CHUNK}/part-00000.parquet"] == 1
    (told,) = json.loads((release / "forgotten.json").read_text())
    assert list(told["files"].values()) == [1]
    assert b"example.net" not in b"".join(path.read_bytes() for path in (out / "forgotten").iterdir())
    capsys.readouterr()
    assert main(["explain", str(out), MOUNTAINS.url]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith("forgotten")
    assert "by domain" in line


def test_the_exclusions_can_be_handed_to_other_builds_as_opt_outs(places, tmp_path):
    out, _ = places
    main(["forget", str(out), "--url", named(tmp_path, image_url(LAKES, 0))])
    listed = read_opt_outs(str(out / EXCLUSIONS))
    assert listed.of_url(image_url(LAKES, 0))
    assert listed.of_content(content(LAKES, 0)[1])
    assert not listed.of_url(image_url(LAKES, 1))


def test_a_request_tells_the_pages_and_pictures_that_it_took_not_those_of_earlier_ones(
    places, tmp_path, capsys
):
    out, release = map(str, places)
    told = []
    for page in (MOUNTAINS, SHORE, SHORE):
        main(["forget", out, release, "--url", named(tmp_path, page.url)])
        told += [line.partition("files, ")[2] for line in capsys.readouterr().out.splitlines()]
    one = "1 pages and 1 pictures forgotten"
    assert told == [one, one, one, one, one, "0 pages and 0 pictures forgotten"]


def test_a_name_of_nothing_is_told_beside_what_a_name_is(places, tmp_path, capsys):
    out, release = map(str, places)
    near = MOUNTAINS.url.replace("https", "http")
    assert main(["forget", out, release, "--url", named(tmp_path, near)]) == 0
    lines = [line for line in capsys.readouterr().err.splitlines() if "holds nothing that is named" in line]
    assert [line.partition(":")[0] for line in lines] == [out, release]


def test_files_without_such_rows_are_not_written(places, tmp_path):
    _, release = places
    before = {file.path: file.sha256 for file in read_release_manifest(str(release)).files}
    main(["forget", str(release), "--url", named(tmp_path, MOUNTAINS.url)])
    after = {file.path: file.sha256 for file in read_release_manifest(str(release)).files}
    assert len(after) == len(before) > 1
    assert len(before.items() - after.items()) == 1


@pytest.mark.parametrize("kind", ["url", "domain", "hash", "document"])
def test_a_line_that_is_no_name_of_its_kind_forgets_nothing(places, tmp_path, capsys, kind):
    out, _ = places
    before = dict(everything(out))
    assert main(["forget", str(out), f"--{kind}", named(tmp_path, "# mine", "", "no name: at all")]) == 1
    assert "names.txt, line 3: 'no name: at all' is not" in capsys.readouterr().err
    assert dict(everything(out)) == before


def test_a_url_in_place_of_a_file_of_urls_is_told_what_is_wanted(tmp_path, capsys):
    assert main(["forget", str(tmp_path), "--url", "https://a.example/page"]) == 1
    assert "give the path or URI of a file with one url a line" in capsys.readouterr().err


def test_a_folder_that_is_neither_build_nor_release_is_an_error(tmp_path, capsys):
    assert main(["forget", str(tmp_path), "--url", named(tmp_path, "https://a.example/")]) == 1
    assert "neither a build (plan.json) nor a release (manifest.json)" in capsys.readouterr().err


def test_a_build_under_way_is_not_reached_into_unless_it_was_killed(places, tmp_path, capsys):
    out, _ = places
    begin_build(str(out), read_json(f"{out}/build.json"), None)
    before = dict(everything(out))
    arguments = ["forget", str(out), "--url", named(tmp_path, MOUNTAINS.url)]
    assert main(arguments) == 1
    assert "give --stopped" in capsys.readouterr().err
    assert dict(everything(out)) == before
    assert main([*arguments, "--stopped"]) == 0
    assert holders(MOUNTAINS.url.encode(), out) == set()


def test_what_a_killed_build_left_unfinished_goes_too(places, tmp_path):
    out, _ = places
    left = out / "tables" / "documents" / DIGEST / "chunk=c00001"
    left.mkdir()
    (left / "part-00000.parquet").write_bytes(MOUNTAINS.url.encode())
    assert main(["forget", str(out), "--url", named(tmp_path, MOUNTAINS.url)]) == 0
    assert holders(MOUNTAINS.url.encode(), out) == set()


def test_names_of_copies_count_up():
    assert next_name("part-00000.parquet") == "part-00000.1.parquet"
    assert next_name("part-00000.9.parquet") == "part-00000.10.parquet"
