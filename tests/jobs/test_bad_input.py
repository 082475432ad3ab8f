"""What a person sees when something is wrong: one message, an exit code, and no table that looks whole."""

import gzip
import json

import pytest

from tests.jobs.built import SAMPLE, build_json, corpus_build


def refused(*arguments):
    """The message of a build that must fail before Spark starts."""
    done = corpus_build(*arguments, timeout_s=120)
    assert done.returncode in (1, 2)
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) <= 3, done.stderr
    return done.stderr


def test_a_file_that_is_not_there_is_named(tmp_path):
    assert "nowhere.warc.gz" in refused(tmp_path / "nowhere.warc.gz", "--out", tmp_path / "out")


def test_no_input_at_all_says_what_to_give(tmp_path):
    assert "no WARC file was given" in refused("--out", tmp_path / "out")


def test_a_misspelled_setting_is_named_with_the_known_ones(tmp_path):
    message = refused(SAMPLE, "--out", tmp_path / "out", "--set", "align.min_similarty=0.2")
    expected = "unknown setting align.min_similarty (is min_similarity meant?); known here: min_similarity"
    assert expected in message


def test_a_line_of_the_opt_outs_that_says_nothing_is_named(tmp_path):
    (tmp_path / "opt-outs.txt").write_text("a.example\nb.example/photos\n")
    message = refused(SAMPLE, "--out", tmp_path / "out", "--set", f"fetch.opt_outs={tmp_path}/opt-outs.txt")
    assert "opt-outs.txt, line 2: 'b.example/photos' is neither" in message
    assert not (tmp_path / "out").exists()


def test_a_folder_whose_pictures_are_to_be_used_again_must_have_some(tmp_path):
    message = refused(SAMPLE, "--out", tmp_path / "out", "--set", f'places.reuse=["{tmp_path}/typo"]')
    assert f"places.reuse names {tmp_path}/typo, which holds no tables" in message


def test_a_stage_that_there_is_not_leaves_no_folder(tmp_path):
    message = refused(SAMPLE, "--out", tmp_path / "out", "--stage", "image")
    assert "no stage image (is images meant?); known: documents, " in message
    assert not (tmp_path / "out").exists()


def test_an_unknown_model_is_named(tmp_path):
    assert "ViT-L-41" in refused(SAMPLE, "--out", tmp_path / "out", "--encoder", "ViT-L-41/openai")


def test_an_encoder_without_a_bound_asks_for_one(tmp_path):
    message = refused(SAMPLE, "--out", tmp_path / "out", "--encoder", "RN50/openai")
    assert "no similarity bound of its own" in message


def test_a_folder_that_holds_other_things_is_left_alone(tmp_path):
    (tmp_path / "thesis.tex").write_text("mine")
    assert "thesis.tex" in refused(SAMPLE, "--out", tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_an_output_that_is_a_file_is_refused(tmp_path):
    (tmp_path / "out").write_text("a file")
    assert "cannot write to" in refused(SAMPLE, "--out", tmp_path / "out")


def test_web_images_without_a_contact_are_refused(tmp_path):
    assert "fetch.contact is not set" in refused(SAMPLE, "--out", tmp_path / "out", "--images", "web")


@pytest.fixture(scope="module")
def mixed(tmp_path_factory):
    """A build of an empty file, a file that is no WARC, a member cut short, and a WARC of images only."""
    folder = tmp_path_factory.mktemp("mixed")
    (folder / "empty.warc.gz").write_bytes(b"")
    (folder / "not-a-warc.warc.gz").write_bytes(gzip.compress(b"just some text\n" * 100))
    whole = SAMPLE.read_bytes()
    (folder / "truncated.warc.gz").write_bytes(whole[: len(whole) // 3])
    (folder / "images-only.warc").write_bytes(images_only())
    done = corpus_build(folder, "--out", folder / "out")
    assert done.returncode == 0, done.stderr
    return folder / "out", done


def is_short(stderr):
    """No Java trace, and nothing longer than a worker's own last words when Spark stops beneath it."""
    return "\tat " not in stderr and len(stderr.splitlines()) < 60


def images_only():
    body = b"HTTP/1.1 200 OK\r\nContent-Type: image/gif\r\n\r\nGIF89a\x01\x00\x01\x00\x00\x00\x00;"
    head = (
        b"WARC/1.1\r\nWARC-Type: response\r\nWARC-Target-URI: http://a.example/p.gif\r\n"
        b"WARC-Date: 2026-01-01T00:00:00Z\r\nWARC-Record-ID: <urn:uuid:00000000-0000-0000-0000-000000000001>\r\n"
        b"Content-Type: application/http; msgtype=response\r\nContent-Length: %d\r\n\r\n" % len(body)
    )
    return head + body + b"\r\n\r\n"


def outcomes(out):
    funnel = next((out / "tables" / "warc_files").glob("*/*/_manifest.json"))
    parts = json.loads(funnel.read_text())["parts"]
    counts = {}
    for part in parts:
        for count in part["counts"]:
            if not count["item"]:
                counts[count["outcome"]] = counts.get(count["outcome"], 0) + count["n"]
    return counts


def test_bad_files_are_outcomes_and_cost_the_good_ones_nothing(mixed):
    out, done = mixed
    assert outcomes(out) == {"empty": 1, "kept": 1, "not_a_warc": 1, "truncated": 1}
    assert build_json(out)["interleaved"]
    assert is_short(done.stderr)


def test_weights_that_do_not_fit_their_config_are_one_message(tmp_path):
    from safetensors.torch import save_file
    from torch import zeros

    folder = tmp_path / "encoder"
    folder.mkdir()
    config = json.loads((SAMPLE.parents[1] / "corpus/encode/demo/open_clip_config.json").read_text())
    (folder / "open_clip_config.json").write_text(json.dumps(config))
    save_file({"logit_scale": zeros(()), "stray": zeros(3)}, folder / "open_clip_model.safetensors")
    done = corpus_build(SAMPLE, "--out", tmp_path / "out", "--encoder", folder)
    assert done.returncode == 1
    assert "weights" in done.stderr.splitlines()[-1]
    assert is_short(done.stderr)
    assert len(done.stderr.splitlines()[-1]) < 600
    assert not (tmp_path / "out" / "build.json").exists()
