import io
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
import torch
from PIL import Image

from corpus.encode.device import chosen_device
from corpus.encode.encoder import load_encoder
from corpus.errors import DataError
from corpus.overrides import settings_from
from corpus.recipes.alignments import align_documents
from corpus.recipes.image_features import embed_images
from corpus.recipes.sentence_embeddings import embed_sentences
from corpus.recipes.small_batches import MAX_BYTES, small_batches
from corpus.spark.batches import check_batch
from corpus.tables import TABLES
from corpus.vectors import pack, unpack
from tests.unit.small_encoder import N_DIMENSIONS, write_small_encoder

IMAGES = pa.list_(
    pa.struct([("dom_index", pa.int32()), ("dom_text_index", pa.int32()), ("embedding", pa.binary())])
)
ALIGNMENT_INPUT = pa.schema(
    [
        ("document_id", pa.string()),
        ("images", IMAGES),
        ("n_sentences", pa.int32()),
        ("n_dimensions", pa.int32()),
        ("embeddings", pa.binary()),
    ]
)


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    encoder = write_small_encoder(tmp_path_factory.mktemp("encoders") / "small")
    return settings_from({"encode": {"encoder": encoder, "images_per_batch": 2, "sentences_per_batch": 2}})


def encoder_of(settings):
    return load_encoder(settings.encode.encoder, settings.encode.sentences_per_batch, settings.encode.dtype)


def rows_of(pairs, table):
    rows = []
    for name, batch in pairs:
        assert name == table
        rows.extend(check_batch(TABLES[table], batch).to_pylist())
    return rows


def png(seed):
    values = np.random.default_rng(seed).integers(0, 255, (30, 50, 3), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(values).save(file, "PNG")
    return file.getvalue()


def content_batch(*contents):
    hashes, values = zip(*contents, strict=True)
    return pa.record_batch({"content_hash": pa.array(hashes), "bytes": pa.array(values, pa.binary())})


def sentence_batch(**sentences):
    return pa.record_batch(
        {
            "document_id": pa.array(sentences.keys(), pa.string()),
            "sentences": pa.array(sentences.values(), pa.list_(pa.string())),
            "sentences_hash": pa.array(map(len, sentences.values()), pa.int64()),
        }
    )


def document(document_id, image_vectors, sentences, **changes):
    """An input row of align_documents from vectors, columns changed as given."""
    items = [
        {"dom_index": 3 * place, "dom_text_index": place, "embedding": pack(np.array(vector, np.float32))}
        for place, vector in enumerate(image_vectors)
    ]
    vectors = np.array(sentences, np.float32)
    return {
        "document_id": document_id,
        "images": items,
        "n_sentences": len(sentences),
        "n_dimensions": vectors.shape[1],
        "embeddings": pack(vectors),
        **changes,
    }


def align(*documents, min_similarity=0.15, **rules):
    batch = pa.RecordBatch.from_pylist(list(documents), schema=ALIGNMENT_INPUT)
    settings = settings_from({"align": {"min_similarity": min_similarity, **rules}})
    return rows_of(align_documents(iter([batch]), settings), "alignments")


def test_the_driver_imports_the_recipes_without_torch():
    recipes = "image_features, sentence_embeddings, alignments"
    program = f"import sys; from corpus.recipes import {recipes}; from corpus.encode import registry; "
    program += "registry.find_source('ViT-L-14/openai'); sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_each_picture_becomes_one_row_in_its_place(settings):
    batches = [content_batch(("a", png(1)), ("b", png(2)), ("c", png(3))), content_batch(("d", png(4)))]
    rows = rows_of(embed_images(iter(batches), settings), "image_features")
    assert [(row["content_hash"], row["outcome"]) for row in rows] == [(name, "kept") for name in "abcd"]
    encoder = encoder_of(settings)
    assert {(row["encoder"], row["n_dimensions"]) for row in rows} == {(encoder.label, N_DIMENSIONS)}
    expected = encoder.encode_images(Image.open(io.BytesIO(png(seed))) for seed in (1, 2, 3, 4))
    found = unpack(b"".join(row["embedding"] for row in rows), N_DIMENSIONS)
    np.testing.assert_allclose(found, expected, atol=1e-3)
    assert np.linalg.norm(expected[0] - expected[1]) > 0.01


@pytest.mark.parametrize("data", [b"", b"<html>404</html>", png(1)[:-700], png(1)[:20]])
def test_a_picture_that_does_not_decode_leaves_the_others_their_vectors(settings, data):
    batch = content_batch(("a", png(1)), ("broken", data), ("c", png(3)))
    rows = rows_of(embed_images(iter([batch]), settings), "image_features")
    assert [row["outcome"] for row in rows] == ["kept", "undecodable", "kept"]
    assert rows[1]["embedding"] is None
    expected = encoder_of(settings).encode_images([Image.open(io.BytesIO(png(3)))])
    np.testing.assert_allclose(unpack(rows[2]["embedding"], N_DIMENSIONS), expected, atol=1e-3)


def test_pictures_over_the_pixel_limit_are_not_decoded(settings):
    small = settings.model_copy(update={"fetch": settings.fetch.model_copy(update={"max_pixels": 1499})})
    rows = rows_of(embed_images(iter([content_batch(("a", png(1)))]), small), "image_features")
    assert [row["outcome"] for row in rows] == ["undecodable"]


def test_without_pictures_and_documents_there_are_no_rows_and_no_encoder_is_loaded():
    settings = settings_from({"encode": {"encoder": "./no-such-folder"}})
    assert list(embed_images(iter([]), settings)) == []
    assert list(embed_sentences(iter([sentence_batch()]), settings)) == []


def test_each_document_keeps_its_sentences_in_order(settings):
    long = [f"Sentence number {place}, of its own length{' indeed' * place}." for place in range(40)]
    first = sentence_batch(one=["A red car.", "Two kittens."], two=long)
    batches = [first, sentence_batch(three=["A red car."])]
    rows = rows_of(embed_sentences(iter(batches), settings), "sentence_embeddings")
    counts = {row["document_id"]: row["n_sentences"] for row in rows}
    assert list(counts.items()) == [("one", 2), ("two", 40), ("three", 1)]
    assert [row["sentences_hash"] for row in rows] == [2, 40, 1]
    encoder = encoder_of(settings)
    for row, sentences in zip(rows, [["A red car.", "Two kittens."], long, ["A red car."]], strict=True):
        found = unpack(row["embeddings"], row["n_dimensions"])
        np.testing.assert_allclose(found, encoder.encode_texts(sentences), atol=1e-3)
        assert row["encoder"] == encoder.label


def test_the_vectors_of_a_document_do_not_depend_on_its_neighbours(settings):
    alone = sentence_batch(b=["Two kittens."])
    together = sentence_batch(a=["A much longer sentence about a red car on a road."], b=["Two kittens."])
    last = [
        rows_of(embed_sentences(iter([batch]), settings), "sentence_embeddings")[-1]
        for batch in (alone, together)
    ]
    assert [row["document_id"] for row in last] == ["b", "b"]
    np.testing.assert_allclose(*(unpack(row["embeddings"], N_DIMENSIONS) for row in last), atol=1e-3)


MATCHED = (
    "dom_index", "outcome", "matched_text_index", "matched_sim", "best_text_index", "best_sim", "margin",
    "dom_text_index",
)  # fmt: skip


def item(**values):
    """A kept picture that matches its sentence wholly and no other at all, save for what is given."""
    return {"outcome": "kept", "matched_sim": 1, "best_sim": 1, "margin": 1, **values}


def matching(image):
    """An item of alignments.images without its signs of noise."""
    return {name: image[name] for name in MATCHED}


def test_pictures_and_sentences_are_matched_document_by_document():
    axes = np.eye(3)
    rows = align(
        document("crossed", [axes[1], axes[0]], axes[:2]),
        document("single", [axes[0], 0.6 * axes[0] + 0.8 * axes[1]], axes[:1]),
    )
    assert [row["document_id"] for row in rows] == ["crossed", "single"]
    assert rows[0]["similarity_matrix"] == [[0, 1], [1, 0]]
    assert [matching(image) for image in rows[0]["images"]] == [
        item(dom_index=0, dom_text_index=0, matched_text_index=1, best_text_index=1),
        item(dom_index=3, dom_text_index=1, matched_text_index=0, best_text_index=0),
    ]
    assert [image["matched_text_index"] for image in rows[1]["images"]] == [0, 0]
    assert [image["margin"] for image in rows[1]["images"]] == [None, None]
    assert rows[1]["images"][1]["matched_sim"] == pytest.approx(0.6, abs=1e-3)


def test_a_picture_under_the_bound_keeps_its_row_and_its_similarities():
    (row,) = align(document("d", [[1, 0, 0], [0.1, 0, 1]], [[1, 0, 0], [0, 1, 0]]))
    assert matching(row["images"][1]) == {
        "dom_index": 3,
        "outcome": "min_similarity",
        "matched_text_index": -1,
        "matched_sim": None,
        "best_text_index": 0,
        "best_sim": pytest.approx(0.0995, abs=1e-3),
        "margin": None,
        "dom_text_index": 1,
    }
    assert np.shape(row["similarity_matrix"]) == (2, 2)


def test_each_rule_of_the_assignment_is_a_setting_and_each_drop_has_a_name():
    pictures, sentences = [[1, 0], [1, 0]], [[1, 0], [0.6, 0.8], [0, 1]]

    def outcomes(**rules):
        (row,) = align(document("d", pictures, sentences), **rules)
        return [(image["outcome"], image["matched_text_index"]) for image in row["images"]]

    assert sorted(outcomes()) == [("kept", 0), ("kept", 1)]
    assert outcomes(images_per_sentence=2) == [("kept", 0), ("kept", 0)]
    assert sorted(outcomes(min_similarity=0.7, may_stay_unassigned=True)) == [("kept", 0), ("unassigned", -1)]
    assert sorted(outcomes(min_margin=0.1)) == [("kept", 0), ("min_margin", -1)]
    (row,) = align(document("d", pictures, sentences), sentences_per_unit=2)
    assert row["similarity_matrix"][0][2] == 0
    assert row["similarity_matrix"][0][0] == pytest.approx(1.6 / (1.6**2 + 0.8**2) ** 0.5, abs=1e-3)


def test_the_page_has_a_say_only_where_it_is_given_weight():
    said = {
        "page_sentences": ["Two boats.", "Cookies (Figure 1).", "A mill (Figure 1)."],
        "is_kept": [True, False, True],
        "blocks": [
            {"kind": "paragraph", "first_sentence": 0, "n_sentences": 1},
            {"kind": "paragraph", "first_sentence": 1, "n_sentences": 1},
            {"kind": "paragraph", "first_sentence": 2, "n_sentences": 1},
        ],
        "image_references": [
            {
                "dom_index": 0,
                "dom_text_index": 3,
                "url": "m.jpg",
                "alt": None,
                "title": None,
                "caption": "A mill",
            }
        ],
    }
    settings = settings_from({"align": {"min_similarity": 0.15, "page_weight": 0.01}})
    similar = document("e", [[1, 0]], [[1, 0], [0.95, 0.3122]])
    batch = pa.RecordBatch.from_pylist([{**similar, **said}])
    (moved,) = rows_of(align_documents(iter([batch]), settings), "alignments")
    assert [image["matched_text_index"] for image in moved["images"]] == [1]
    assert moved["images"][0]["best_text_index"] == 0
    assert moved["images"][0]["matched_sim"] == pytest.approx(0.95, abs=1e-3)
    (alone,) = align(similar)
    assert [image["matched_text_index"] for image in alone["images"]] == [0]


def others(*vectors):
    return [{"document_id": "other", "embedding": pack(np.array(vector, np.float32))} for vector in vectors]


def test_signs_of_noise_stand_beside_every_picture_and_drop_none():
    drawn = {
        "negative_images": others(*[[0.6, 0.8]] * 8),
        "negative_sentences": others(*[[0, 1]] * 4, *[[1, 0]] * 4),
    }
    own = {"document_id": "d", "embedding": pack(np.array([1, 0], np.float32))}
    drawn["negative_sentences"].insert(0, own)
    row = document("d", [[1, 0], [0, 1], [0.8, 0.6]], [[0.8, 0.6], [0, 1]], **drawn)
    batch = pa.RecordBatch.from_pylist([row])
    settings = settings_from({"align": {"min_similarity": 0.7, "may_stay_unassigned": True}})
    (found,) = rows_of(align_documents(iter([batch]), settings), "alignments")
    first, second, third = found["images"]
    assert [image["outcome"] for image in found["images"]] == ["unassigned", "kept", "kept"]
    assert (first["regret"], first["sentences_above"], first["s_clip_loss"]) == (None, None, None)
    assert third["regret"] == pytest.approx(0, abs=1e-3)
    assert second["sentences_above"] == pytest.approx(0, abs=1e-3)
    assert third["sentences_above"] == 0
    assert found["sentence_above"] == pytest.approx([0, 0], abs=1e-3)
    assert third["images_above"] == 0
    assert first["nearest_image_sim"] == pytest.approx(0.8, abs=1e-3)
    assert found["shuffle_z"] == pytest.approx(1, abs=0.01)


def test_a_bound_on_a_sign_drops_by_its_name_and_keeps_what_was_measured():
    row = document("d", [[1, 0], [0, 1]], [[1, 0], [0.1, 0.995]])
    batch = pa.RecordBatch.from_pylist([row])
    bounds = {"align": {"min_similarity": -1}, "filters": {"pair_topical_sim": {"min": 0.72}}}
    (found,) = rows_of(align_documents(iter([batch]), settings_from(bounds)), "alignments")
    assert [image["outcome"] for image in found["images"]] == ["kept", "pair_topical_sim"]
    assert found["images"][1]["matched_text_index"] == 1
    assert found["images"][1]["topical_sim"] < 0.72 < found["images"][0]["topical_sim"]
    assert [image["sentences_above"] for image in found["images"]] == [None, None]
    assert found["sentence_above"] == [None, None]


def test_the_mean_of_the_pictures_is_that_of_the_kept_ones():
    row = document("d", [[1, 0], [0.6, 0.8], [0, -1]], [[1, 0], [0.6, 0.8]])
    (found,) = align(row)
    assert [image["outcome"] for image in found["images"]] == ["kept", "kept", "min_similarity"]
    wanted = np.array([[0.8, 0.4]]) / 0.8**0.5
    np.testing.assert_allclose(unpack(found["picture_mean"], 2), wanted, atol=1e-3)
    (none,) = align(document("d", [[0, -1]], [[1, 0]]))
    assert none["picture_mean"] is None


def test_without_a_bound_nothing_is_aligned():
    with pytest.raises(DataError, match=r"align\.min_similarity is not set"):
        align(min_similarity=None)


@pytest.mark.parametrize(
    "changes",
    [
        {"n_sentences": 3},
        {"n_dimensions": 1},
        {"images": []},
        {"images": [{"dom_index": 0, "dom_text_index": 0, "embedding": None}]},
        {"n_sentences": 0, "embeddings": b""},
    ],
)
def test_vectors_of_another_number_than_told_are_refused(changes):
    with pytest.raises(DataError, match="document d: "):
        align(document("d", [[1, 0]], [[1, 0], [0, 1]], **changes))


def test_pictures_of_a_page_without_a_kept_sentence_end_as_no_sentence():
    (row,) = align(
        document("d", [[1, 0], [0, 1]], [[1, 0]], n_sentences=None, n_dimensions=None, embeddings=None)
    )
    assert row["similarity_matrix"] == [[], []]
    assert [(image["dom_index"], image["outcome"]) for image in row["images"]] == [
        (0, "no_sentence"),
        (3, "no_sentence"),
    ]
    assert {
        (image["matched_text_index"], image["best_text_index"], image["best_sim"]) for image in row["images"]
    } == {(-1, -1, None)}


def test_batches_stay_under_256_rows_and_16_mebibytes():
    rows = [{"document_id": str(place), "outcome": "kept", "scores": []} for place in range(300)]
    sizes = [batch.num_rows for _, batch in small_batches("document_decisions", rows, lambda row: 1)]
    assert sizes == [256, 44]
    third = MAX_BYTES // 3 + 1
    sizes = [batch.num_rows for _, batch in small_batches("document_decisions", rows[:5], lambda row: third)]
    assert sizes == [2, 2, 1]
    larger = MAX_BYTES + 1
    sizes = [batch.num_rows for _, batch in small_batches("document_decisions", rows[:2], lambda row: larger)]
    assert sizes == [1, 1]


def with_before(batch, table, *before):
    return batch.append_column("before", pa.array(before, pa.struct(list(TABLES[table].schema))))


def test_finished_rows_pass_through_and_only_the_others_are_embedded(settings):
    (first,) = rows_of(embed_images(iter([content_batch(("a", png(1)))]), settings), "image_features")
    batch = with_before(
        content_batch(("a", None), ("b", png(2))), "image_features", {**first, "n_dimensions": 7}, None
    )
    found = rows_of(embed_images(iter([batch]), settings), "image_features")
    assert [(row["content_hash"], row["n_dimensions"]) for row in found] == [("a", 7), ("b", N_DIMENSIONS)]


def test_no_encoder_is_loaded_when_every_row_is_finished(settings, tmp_path):
    (done,) = rows_of(embed_sentences(iter([sentence_batch(d=["One."])]), settings), "sentence_embeddings")
    nowhere = settings_from({"encode": {"encoder": str(tmp_path / "nowhere")}})
    batch = with_before(sentence_batch(d=["One."]), "sentence_embeddings", done)
    assert rows_of(embed_sentences(iter([batch]), nowhere), "sentence_embeddings") == [done]


SAME = {"float32": 1e-6, "bfloat16": 1e-3}
"""How far two vectors of one sentence or picture may lie apart, in any place, whatever is embedded with it."""


@pytest.mark.parametrize("dtype", SAME)
@pytest.mark.parametrize("n_tasks", [1, 8])
def test_vectors_do_not_depend_on_tasks_batches_or_order(settings, dtype, n_tasks):
    shape = {"dtype": dtype, "images_per_batch": 7 if n_tasks > 1 else 64, "sentences_per_batch": 3 * n_tasks}
    own = settings.model_copy(update={"encode": settings.encode.model_copy(update=shape)})
    documents = {f"d{n}": [f"Sentence {n} of {'very ' * (n % 9)}many."] * (1 + n % 2) for n in range(24)}
    contents = [(f"c{n:02}", png(n)) for n in range(24)]
    found, pictures = {}, {}
    for task in range(n_tasks):
        names = [name for name in documents if int(name[1:]) % n_tasks == task][:: -1 if task % 2 else 1]
        batch = sentence_batch(**{name: documents[name] for name in names})
        for row in rows_of(embed_sentences(iter([batch]), own), "sentence_embeddings"):
            found[row["document_id"]] = unpack(row["embeddings"], N_DIMENSIONS)[0]
        for row in rows_of(
            embed_images(iter([content_batch(*contents[task::n_tasks])]), own), "image_features"
        ):
            pictures[row["content_hash"]] = unpack(row["embedding"], N_DIMENSIONS)[0]
    encoder = load_encoder(own.encode.encoder, 256, dtype)
    for name, sentences in documents.items():
        np.testing.assert_allclose(
            found[name], half(encoder.encode_texts(sentences[:1]))[0], atol=SAME[dtype]
        )
    for name, data in contents:
        alone = encoder.encode_images([Image.open(io.BytesIO(data))])
        np.testing.assert_allclose(pictures[name], half(alone)[0], atol=SAME[dtype])


def half(vectors):
    return unpack(pack(vectors), N_DIMENSIONS)


def test_pictures_prepared_by_threads_give_the_same_rows_in_the_same_order(settings, monkeypatch):
    """A GPU's way of working, run here: its device is another name, the vectors are the CPU's."""
    from corpus.recipes import image_features

    contents = [content_batch(*[(f"c{n:02}", png(n) if n % 5 else b"broken") for n in range(23)])]
    expected = rows_of(embed_images(iter(contents), settings), "image_features")
    assert [row["outcome"] for row in expected[:3]] == ["undecodable", "kept", "kept"]
    elsewhere = replace(encoder_of(settings), device="cuda:0")
    monkeypatch.setattr(image_features, "encoder_of", lambda settings: elsewhere)
    assert rows_of(embed_images(iter(contents), settings), "image_features") == expected


def test_a_task_takes_the_gpu_that_spark_gave_it(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.delenv("CORPUS_GPU", raising=False)
    assert chosen_device() == "cuda:0"
    monkeypatch.setenv("CORPUS_GPU", "3")
    assert chosen_device() == "cuda:3"
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert chosen_device() == "cpu"
