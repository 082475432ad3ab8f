import json
import pickle
import shutil
import subprocess
import sys
from itertools import islice
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.utils.data import DataLoader

import corpus
from corpus.errors import InputError, SettingsError
from corpus.loaders.documents import Position, open_documents
from corpus.loaders.options import Options
from corpus.loaders.placement import assigned_again, fused_again, groups
from corpus.loaders.samples import samples
from corpus.loaders.shares import Reader
from corpus.loaders.windows import Bounds, windows
from corpus.publish.publication import Sizes, prepare
from corpus.publish.publish import How, publish
from corpus.publish.rows import Choice
from tests.unit.stored_build import write_build

MARKER = (-1, -2)


@pytest.fixture(scope="module")
def release(tmp_path_factory):
    folder = tmp_path_factory.mktemp("loaders")
    build = write_build(folder / "build")
    publish(prepare(build, str(folder / "release"), Choice(), Sizes(30_000, 3_000)), How(), lambda text: None)
    return str(folder / "release")


@pytest.fixture(scope="module")
def rows(release):
    return {row["document_id"]: row for row in pa.Table.from_batches(corpus.open(release)).to_pylist()}


def ids_of(found):
    return [sample["document_id"] for sample in found]


def read_ids(documents, epoch, reader, start=None):
    return [row["document_id"] for _, row in documents.rows(epoch, reader, start or Position())]


def tokenize(text):
    return [ord(letter) for letter in text]


@settings(max_examples=12)
@given(
    world_size=st.integers(1, 5),
    n_workers=st.integers(1, 4),
    epoch=st.integers(0, 3),
    seed=st.none() | st.integers(0, 9),
    shuffle_rows=st.integers(1, 40),
)
def test_every_document_goes_to_one_reader_once(
    release, rows, world_size, n_workers, epoch, seed, shuffle_rows
):
    documents = open_documents(release, Options(seed=seed, shuffle_rows=shuffle_rows))
    n = world_size * n_workers
    found = [
        document_id for number in range(n) for document_id in read_ids(documents, epoch, Reader(number, n))
    ]
    assert sorted(found) == sorted(rows)


def test_epochs_and_seeds_have_orders_of_their_own_and_equal_ones_the_same(release):
    def order(seed, epoch):
        return read_ids(open_documents(release, Options(seed=seed, shuffle_rows=20)), epoch, Reader())

    assert order(1, 0) == order(1, 0)
    assert len({tuple(order(seed, epoch)) for seed in (1, 2) for epoch in (0, 1)}) == 4


def test_without_a_seed_the_order_is_that_of_the_release(release):
    documents = open_documents(release, Options(seed=None))
    assert read_ids(documents, 0, Reader()) == [
        row for batch in corpus.open(release, ["document_id"]) for row in batch[0].to_pylist()
    ]


@settings(max_examples=12)
@given(n_before=st.integers(0, 60), seed=st.none() | st.integers(0, 3), shuffle_rows=st.integers(1, 30))
def test_after_a_crash_the_next_sample_is_the_next_sample(release, n_before, seed, shuffle_rows):
    options = {"seed": seed, "shuffle_rows": shuffle_rows, "decode": False}
    uninterrupted = ids_of(corpus.torch_dataset(release, **options))
    crashed = corpus.torch_dataset(release, **options)
    before = [sample["document_id"] for sample, _ in zip(crashed, range(n_before), strict=False)]
    state = json.loads(json.dumps(crashed.state_dict()))
    resumed = corpus.torch_dataset(release, **options)
    resumed.load_state_dict(state)
    after = ids_of(resumed)
    # zip asks for one sample more than it gives where documents are left
    assert before == uninterrupted[:n_before]
    assert after == uninterrupted[min(n_before + 1, 60) :] or n_before == 60


@pytest.mark.parametrize("n_before", [1, 2, 7, 23])
def test_within_a_document_the_next_window_is_the_next_sample(release, n_before):
    options = {"decode": False, "tokenize": tokenize, "marker": MARKER, "max_tokens": 40, "max_images": 1}
    uninterrupted = [sample["tokens"] for sample in corpus.torch_dataset(release, **options)]
    crashed = iter(dataset := corpus.torch_dataset(release, **options))
    before = [next(crashed)["tokens"] for _ in range(n_before)]
    resumed = corpus.torch_dataset(release, **options)
    resumed.load_state_dict(dataset.state_dict())
    assert before + [sample["tokens"] for sample in resumed] == uninterrupted


def test_workers_share_the_documents_and_go_on_where_training_was(release, rows):
    def loader(dataset):
        return DataLoader(dataset, batch_size=3, num_workers=2, collate_fn=list)

    dataset = corpus.torch_dataset(release, shuffle_rows=10, decode=False)
    whole = ids_of(sample for batch in loader(dataset) for sample in batch)
    assert sorted(whole) == sorted(rows)
    trained = []
    for number, batch in enumerate(loader(dataset)):
        trained += ids_of(batch)
        dataset.delivered(sample["mark"] for sample in batch)
        if number == 8:
            break
    resumed = corpus.torch_dataset(release, shuffle_rows=10, decode=False)
    resumed.load_state_dict(json.loads(json.dumps(dataset.state_dict())))
    rest = ids_of(sample for batch in loader(resumed) for sample in batch)
    assert len(trained) == 27
    assert sorted(trained + rest) == sorted(rows)


def test_ranks_share_the_documents(release, rows):
    found = [
        document_id
        for rank in range(3)
        for document_id in ids_of(corpus.torch_dataset(release, decode=False, rank=rank, world_size=3))
    ]
    assert sorted(found) == sorted(rows)


def test_a_state_of_other_readers_or_options_is_refused(release):
    dataset = corpus.torch_dataset(release, decode=False)
    next(iter(dataset))
    state = dataset.state_dict()
    with pytest.raises(SettingsError, match="options"):
        corpus.torch_dataset(release, decode=False, where="n_words > 3").load_state_dict(state)
    other = corpus.torch_dataset(release, decode=False, rank=0, world_size=2)
    other.load_state_dict(state)
    with pytest.raises(SettingsError, match="1 readers"):
        next(iter(other))


def test_a_new_epoch_begins_at_its_beginning(release, rows):
    dataset = corpus.torch_dataset(release, decode=False)
    next(iter(dataset))
    dataset.set_epoch(1)
    assert sorted(ids_of(dataset)) == sorted(rows)


@pytest.mark.parametrize("context", ["fork", "spawn"])
def test_workers_that_outlive_an_epoch_begin_the_next_in_its_own_order(release, context):
    dataset, alone = (corpus.torch_dataset(release, shuffle_rows=10, decode=False) for _ in range(2))
    loader = DataLoader(
        dataset, batch_size=None, num_workers=1, persistent_workers=True, multiprocessing_context=context
    )
    for epoch in range(3):
        dataset.set_epoch(epoch)
        alone.set_epoch(epoch)
        n = 7 if epoch == 1 else 60  # left before its end: the next begins at its beginning all the same
        assert ids_of(islice(loader, n)) == ids_of(islice(alone, n))


def test_a_dataset_can_be_sent_to_workers_that_are_spawned(release):
    dataset = corpus.torch_dataset(release, where="n_words > 3", decode=False)
    assert ids_of(pickle.loads(pickle.dumps(dataset))) == ids_of(dataset)


@given(bound=st.integers(19, 41))
@settings(max_examples=10)
def test_a_condition_keeps_the_documents_that_fit(release, rows, bound):
    found = ids_of(corpus.torch_dataset(release, where=f"mean_matched_sim >= {bound / 100}", decode=False))
    bound32 = np.float64(bound / 100)
    assert sorted(found) == sorted(
        key for key, row in rows.items() if np.float64(np.float32(row["mean_matched_sim"])) >= bound32
    )


def test_row_groups_that_cannot_fit_are_not_read(release, tmp_path):
    copy = Path(shutil.copytree(release, tmp_path / "release"))
    for path in copy.glob("data/*/*.parquet"):
        data = path.read_bytes()
        footer = 8 + int.from_bytes(data[-8:-4], "little")
        path.write_bytes(b"PAR1" + bytes(len(data) - footer - 4) + data[-footer:])
    with pytest.raises(OSError, match=r"(?i)page|thrift"):
        ids_of(corpus.torch_dataset(str(copy), decode=False))
    assert ids_of(corpus.torch_dataset(str(copy), where="mean_matched_sim > 5", decode=False)) == []


def test_pictures_come_decoded_at_their_sentence(release, rows):
    (sample,) = (s for s in corpus.torch_dataset(release) if s["document_id"] == next(iter(rows)))
    row = rows[sample["document_id"]]
    texts = [each for each in sample["sequence"] if isinstance(each, str)]
    assert texts == row["text_list"]
    assert [each.size for each in sample["sequence"] if not isinstance(each, str)] == [(40, 30)] * len(
        row["images"]
    )
    first = row["image_info"][0]["matched_text_index"]
    at = next(n for n, each in enumerate(sample["sequence"]) if not isinstance(each, str))
    assert at == first


def test_a_transform_is_applied_where_pictures_are_decoded(release):
    sample = next(iter(corpus.torch_dataset(release, transform=lambda picture: np.asarray(picture).shape)))
    assert (30, 40, 3) in sample["sequence"]


PICTURES = [
    {"matched_text_index": 0, "dom_index": 4, "dom_text_index": 2, "fused_text_index": 1, "name": "a"},
    {"matched_text_index": 0, "dom_index": 5, "dom_text_index": 0, "fused_text_index": 0, "name": "b"},
    {"matched_text_index": 1, "dom_index": 1, "dom_text_index": 2, "fused_text_index": 1, "name": "c"},
]


@pytest.mark.parametrize(
    ("by", "side", "expected"),
    [
        ("assigned", "before", ["a", "b", "S0", "c", "S1"]),
        ("assigned", "after", ["S0", "a", "b", "S1", "c"]),
        ("fused", "before", ["b", "S0", "c", "a", "S1"]),
        ("fused", "after", ["S0", "b", "S1", "c", "a"]),
        ("page", "before", ["b", "S0", "S1", "c", "a"]),
    ],
)
def test_pictures_stand_where_they_are_asked_to(by, side, expected):
    placed = [each for group in groups(["S0", "S1"], PICTURES, by, side) for each in group]
    assert [each if isinstance(each, str) else each["name"] for each in placed] == expected


def test_pictures_left_out_free_their_sentence():
    # The example of MMC4: of two pictures that like the second sentence, the one left alone gets it.
    similarity = [[0.2436, 0.3176, 0.2769], [0.2233, 0.3235, 0.2612]]
    infos = [{"dom_index": 0, "matched_text_index": 2}, {"dom_index": 1, "matched_text_index": 1}]
    both = assigned_again(infos, similarity)
    assert [(picture["dom_index"], picture["matched_text_index"]) for picture in both] == [(1, 1), (0, 2)]
    (alone,) = assigned_again(infos[:1], similarity[:1])
    assert (alone["matched_text_index"], alone["matched_sim"]) == (1, pytest.approx(0.3176))


def test_pictures_left_out_free_their_fused_sentence_by_both_matrices():
    similarity = [[0.3, 0.2, 0.1], [0.31, 0.2, 0.1]]
    page = [[0.0, 0.0, 0.05], [0.0, 0.08, 0.0]]
    infos = [{"dom_index": at, "matched_text_index": at, "matched_sim": 0.2} for at in (0, 1)]
    both = fused_again(infos, similarity, page)
    assert [picture["fused_text_index"] for picture in both] == [0, 1]
    (alone,) = fused_again(infos[1:], similarity[1:], page[1:])
    assert alone == {**infos[1], "fused_text_index": 0}


def test_the_fused_places_of_a_release_are_those_that_both_matrices_assign(rows):
    for row in rows.values():
        again = fused_again(row["image_info"], row["similarity_matrix"], row["page_matrix"])
        assert again == row["image_info"]


def test_pictures_that_do_not_fit_or_do_not_decode_are_left_out_and_the_others_assigned_again(rows):
    row = next(row for row in rows.values() if len(row["images"]) > 2)
    broken = [dict(picture) for picture in row["images"]]
    broken[1]["bytes"] = broken[1]["bytes"][:100]
    wanted = [False] + [True] * (len(broken) - 1)
    (sample,) = samples({**row, "images": broken, "wanted": wanted}, Options())
    expected = assigned_again(row["image_info"][2:], row["similarity_matrix"][2:])
    names = [info["dom_index"] for info in sample["image_info"]]
    assert names == [info["dom_index"] for info in expected]
    assert [info["matched_text_index"] for info in sample["image_info"]] == [
        info["matched_text_index"] for info in expected
    ]


def test_pictures_stand_at_their_fused_sentence_and_the_others_at_theirs_when_some_are_left_out(
    release, rows
):
    options = {"placement": "fused", "decode": False}
    for sample in corpus.torch_dataset(release, **options):
        sentence = 0
        infos = iter(sample["image_info"])
        for each in sample["sequence"]:
            if isinstance(each, str):
                sentence += 1
            else:
                assert next(infos)["fused_text_index"] == sentence
    n_moved = 0
    for sample in corpus.torch_dataset(release, images_where="dom_index < 2", **options):
        row = rows[sample["document_id"]]
        chosen = [at for at, info in enumerate(row["image_info"]) if info["dom_index"] < 2]
        expected = fused_again(
            *([row[name][at] for at in chosen] for name in ("image_info", "similarity_matrix", "page_matrix"))
        )
        assert sorted(sample["image_info"], key=str) == sorted(expected, key=str)
        n_moved += sum(expected[n] != row["image_info"][at] for n, at in enumerate(chosen))
    assert n_moved > 0


def test_a_release_without_fused_places_is_one_clear_error(tmp_path):
    build = Path(write_build(tmp_path / "build", 9))
    for path in build.glob("tables/interleaved/*/*/*.parquet"):
        table = pq.read_table(path)
        rows = table.drop_columns(["page_matrix"]).to_pylist()
        for row in rows:
            for info in row["image_info"]:
                del info["fused_text_index"]
        pq.write_table(pa.Table.from_pylist(rows), path)
    with pytest.raises(InputError, match="no fused_text_index: an older version made it; build it again"):
        corpus.torch_dataset(str(build), placement="fused")
    assert len(ids_of(corpus.torch_dataset(str(build)))) == 9


@pytest.mark.parametrize("wanted", [[True, True], [False, True]])
def test_a_picture_whose_page_is_not_known_has_no_fused_place(rows, wanted):
    row = next(row for row in rows.values() if len(row["images"]) == 2)
    infos = [{**info, "fused_text_index": None} for info in row["image_info"]]
    imported = {**row, "image_info": infos, "page_matrix": None, "wanted": wanted}
    with pytest.raises(InputError, match="what its page says of it is not known"):
        next(samples(imported, Options(placement="fused")))


def test_a_condition_on_pictures_leaves_the_others_out(release, rows):
    for sample in corpus.torch_dataset(release, images_where="dom_index < 2", decode=False):
        kept = {info["dom_index"] for info in rows[sample["document_id"]]["image_info"]} & {0, 1}
        assert {info["dom_index"] for info in sample["image_info"]} == kept


@given(
    sizes=st.lists(st.tuples(st.integers(0, 30), st.integers(0, 5)), max_size=12),
    max_tokens=st.integers(2, 25),
    max_images=st.integers(1, 4),
)
def test_windows_hold_everything_once_in_order_within_their_bounds(sizes, max_tokens, max_images):
    names = iter(range(1_000))
    given_groups = [
        [chr(65 + at) * n, *({"name": next(names)} for _ in range(m))] for at, (n, m) in enumerate(sizes)
    ]
    bounds = Bounds(lambda text: [ord(letter) for letter in text.strip()], MARKER, max_tokens, max_images)
    found = list(windows(given_groups, bounds))
    for window in found:
        assert 0 < len(window.tokens) <= max_tokens
        assert len(window.images) <= max_images
        assert window.tokens.count(-1) == window.tokens.count(-2) == len(window.images)
    expected = [
        token
        for group in given_groups
        for each in group
        for token in ([ord(letter) for letter in each] if isinstance(each, str) else MARKER)
    ]
    assert [token for window in found for token in window.tokens] == expected
    assert [image["name"] for window in found for image in window.images] == list(
        range(sum(m for _, m in sizes))
    )


def test_a_sentence_and_its_picture_stay_together_where_they_fit():
    bounds = Bounds(tokenize, MARKER, 10, 2)
    found = list(windows([["abcdefg"], ["hij", {"name": 1}]], bounds))
    assert [window.tokens for window in found] == [tokenize("abcdefg"), [*tokenize(" hij"), *MARKER]]


def test_a_window_that_holds_no_picture_is_refused(release):
    with pytest.raises(SettingsError, match="cannot hold one picture"):
        corpus.torch_dataset(release, tokenize=tokenize, max_tokens=100)


def test_a_build_is_read_as_a_release_is(tmp_path):
    build = write_build(tmp_path / "build", 9)
    assert len(set(ids_of(corpus.torch_dataset(build, decode=False)))) == 9


def test_columns_are_added_and_unknown_ones_named(release):
    sample = next(iter(corpus.torch_dataset(release, columns=("url", "n_words"), decode=False)))
    assert sample["url"].startswith("https://site-")
    assert sample["n_words"] > 1
    with pytest.raises(InputError, match="wrods"):
        corpus.torch_dataset(release, columns=("wrods",))


def test_what_cannot_be_asked_for_is_one_clear_error(release):
    with pytest.raises(SettingsError, match="placement"):
        corpus.torch_dataset(release, placement="dom")
    with pytest.raises(SettingsError, match="go together"):
        corpus.torch_dataset(release, rank=1)
    with pytest.raises(SettingsError, match="wrods"):
        corpus.torch_dataset(release, images_where="wrods > 3")


def test_documents_are_read_without_torch_and_without_spark(release):
    code = (
        "import sys; from corpus.loaders.documents import *; from corpus.loaders.options import Options;"
        "from corpus.loaders.samples import samples; from corpus.loaders.shares import Reader;"
        f"d = open_documents({release!r}, Options());"
        "n = sum(len(list(samples(row, d.options))) for _, row in d.rows(0, Reader(), Position()));"
        "print(n, [m for m in ('torch', 'pyspark') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "60 []\n"
