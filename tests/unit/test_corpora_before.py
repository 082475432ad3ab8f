import json

import pytest

from corpus.config import Dedup, Settings
from corpus.dedup.corpora import identity_of_corpora, read_corpus
from corpus.errors import InputError, SettingsError
from corpus.manifest import Part, new_manifest, table_digests, write_manifest
from corpus.tables import TABLES


def finished(folder, sha256="a", **settings):
    made = Settings(dedup=Dedup(**settings))
    digests = table_digests(made, {})
    for table in ("page_signatures", "document_decisions"):
        part = Part(table, "c00000", "part-00000.parquet", 1, 1, sha256, ())
        manifest = new_manifest(TABLES[table], (digests[table], "c00000"), made, {}, [part], 0.0)
        write_manifest(str(folder / "tables" / table / digests[table] / "chunk=c00000"), manifest)
    (folder / "build.json").write_text(json.dumps({"digests": digests, "chunks": ["c00000"]}))
    return str(folder)


def against(*folders, **settings):
    return Settings(dedup=Dedup(against=folders, **settings))


def test_an_earlier_corpus_tells_where_its_signatures_and_decisions_lie(tmp_path):
    corpus = read_corpus(finished(tmp_path), Settings())
    assert [uri.split("/")[-4] for uris in corpus.parts.values() for uri in uris] == [
        "page_signatures",
        "document_decisions",
    ]


def test_the_identity_changes_with_what_the_corpus_holds_and_is_empty_without_any(tmp_path):
    one = identity_of_corpora(against(finished(tmp_path)))
    other = identity_of_corpora(against(finished(tmp_path, sha256="b")))
    assert identity_of_corpora(against()) == ""
    assert len({one, other, ""}) == 3


def test_a_folder_that_is_no_finished_build_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"holds no build\.json"):
        identity_of_corpora(against(str(tmp_path)))


def test_a_build_from_before_signatures_is_refused(tmp_path):
    (tmp_path / "build.json").write_text(json.dumps({"digests": {"documents": "d"}, "chunks": ["c00000"]}))
    with pytest.raises(InputError, match=r"lacks page_signatures: build it again"):
        identity_of_corpora(against(str(tmp_path)))


def test_signatures_made_in_another_way_are_refused(tmp_path):
    folder = finished(tmp_path, bands=7)
    with pytest.raises(SettingsError, match=r"made with dedup\.bands = 7, here it is 14"):
        identity_of_corpora(against(folder))
