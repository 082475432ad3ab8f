"""An encoder that is loaded before processes are forked, and which builds want that."""

import os
from dataclasses import replace

import pytest
import torch

from corpus.config import Settings
from corpus.encode import encoder
from corpus.encode.before_fork import finds_gpu, load_before_fork
from corpus.manifest import new_manifest, table_digests
from corpus.pipeline import encodes
from corpus.plan import Chunk, plan_of
from corpus.spark.build import Build
from corpus.tables import TABLES

VECTORS = ("image_features", "sentence_embeddings")


@pytest.fixture
def empty():
    encoder.loaded.cache_clear()
    yield encoder.loaded.cache_info
    encoder.loaded.cache_clear()


@pytest.fixture
def build(tmp_path):
    settings = Settings()
    chunks = plan_of([Chunk("c00000", ("a",), (1,)), Chunk("c00001", ("b",), (1,))])
    return Build(str(tmp_path), settings, chunks, table_digests(settings, {}))


def finish(build, table, *chunks):
    at = [(build.digests[table], chunk) for chunk in chunks]
    made = [new_manifest(TABLES[table], each, build.settings, {}, [], 0.0) for each in at]
    build.catalog.commit(build.place(table), made)


def test_a_forked_process_has_the_encoder_of_the_one_that_it_is_forked_from(empty, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    load_before_fork("demo", 256, "float32")
    child = os.fork()
    if child == 0:
        encoder.load_encoder("demo", 256, "float32")
        os._exit(empty().hits)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 1


def test_an_encoder_that_cannot_be_had_is_left_to_those_who_need_it(empty):
    load_before_fork("no-such-model", 256, "float32")
    assert empty().currsize == 0


def test_where_there_is_a_gpu_nothing_is_loaded_and_the_process_itself_has_not_looked_for_it(
    empty, monkeypatch
):
    looked = []
    monkeypatch.setattr(torch.cuda, "is_available", lambda: looked.append(os.getpid()) or True)
    load_before_fork("demo", 256, "float32")
    assert finds_gpu()
    assert looked == []
    assert empty().currsize == 0


def test_a_first_build_and_its_stages_of_vectors_are_sure_to_need_the_encoder(build):
    assert encodes(build, None)
    assert all(encodes(build, table) for table in VECTORS)
    assert not encodes(build, "documents")


def test_a_build_with_all_its_vectors_needs_no_encoder(build):
    for table in VECTORS:
        finish(build, table, "c00000", "c00001")
    assert not encodes(build, None)


def test_a_build_that_lacks_the_vectors_of_one_chunk_needs_the_encoder(build):
    finish(build, "image_features", "c00000", "c00001")
    finish(build, "sentence_embeddings", "c00000")
    assert encodes(build, None)
    assert not encodes(build, "image_features")


def test_vectors_of_other_settings_may_be_taken_over_so_nothing_is_sure(build):
    for table in VECTORS:
        finish(build, table, "c00000", "c00001")
    other = replace(build, digests=dict.fromkeys(TABLES, "0" * 12))
    assert not encodes(other, None)
