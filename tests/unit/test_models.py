"""The store and the pulling of models, against a server on loopback."""

import hashlib
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from safetensors.torch import save

from corpus.cli import main
from corpus.encode.checkpoint import encoder_identity
from corpus.encode.encoder import load_encoder
from corpus.encode.pairs import encoder_model
from corpus.errors import EncoderError, ModelError
from corpus.models import store as store_module
from corpus.models.catalogue import BY_NAME, MODELS, Model, ModelFile
from corpus.models.pull import pull
from corpus.models.store import model_path, verified_folder
from tests.unit.small_encoder import MODEL, small_model

BODY = bytes(range(256)) * 4096
SHA256 = hashlib.sha256(BODY).hexdigest()


@contextmanager
def serving(bodies, breaks_at=None):
    """A server of these bodies by path; `breaks_at` cuts the first answer off there. Yields its address and the ranges
    that it was asked for."""
    asked, left = [], [breaks_at]

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.headers.get("Range"))
            body = bodies.get(self.path)
            if body is None:
                self.send_error(404)
                return
            etag = f'"{hashlib.md5(body).hexdigest()}"'
            start = 0
            if self.headers.get("Range") and self.headers.get("If-Range") == etag:
                start = int(self.headers["Range"].removeprefix("bytes=").removesuffix("-"))
            if start >= len(body):
                self.send_error(416)
                return
            self.send_response(206 if start else 200)
            self.send_header("ETag", etag)
            self.send_header("Content-Length", str(len(body) - start))
            self.end_headers()
            end, left[0] = left[0], None
            self.wfile.write(body[start:end])
            if end is not None:
                self.close_connection = True

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()


def model(address, sha256=SHA256):
    return Model("head", "a head", "MIT", (ModelFile("head.bin", (f"{address}/head.bin",), sha256),))


@pytest.fixture
def store(tmp_path, monkeypatch):
    folder = str(tmp_path / "store")
    monkeypatch.setenv("CORPUS_MODELS", folder)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    verified_folder.cache_clear()
    yield folder
    verified_folder.cache_clear()


@pytest.fixture
def known(monkeypatch):
    def put(own):
        monkeypatch.setitem(BY_NAME, own.name, own)

    return put


def silent(text):
    pass


def test_a_pulled_model_is_there_verified_and_not_pulled_again(store, known):
    with serving({"/head.bin": BODY}) as (address, asked):
        own = model(address)
        known(own)
        pull(own, store, silent)
        pull(own, store, silent)
        assert asked == [None]
    path = model_path("head")
    assert path.read_bytes() == BODY
    assert (path.parent / "head.bin.sha256").read_text().strip() == SHA256
    assert sorted(item.name for item in path.parent.iterdir()) == ["head.bin", "head.bin.sha256"]


def test_a_transfer_that_breaks_off_goes_on_where_it_ended(store, known):
    with serving({"/head.bin": BODY}, breaks_at=300_000) as (address, asked):
        own = model(address)
        known(own)
        with pytest.raises(
            ModelError, match=r"cannot get head\.bin .*; the same command goes on where this one ended"
        ):
            pull(own, store, silent)
        with pytest.raises(ModelError, match="model head is not there in the store"):
            model_path("head")
        pull(own, store, silent)
        assert asked[0] is None
        assert asked[-1] == "bytes=262144-"
    assert model_path("head").read_bytes() == BODY


def test_an_attempt_that_ended_with_every_byte_there_is_no_dead_end(store, known):
    with serving({"/head.bin": BODY}) as (address, asked):
        own = model(address)
        known(own)
        folder = Path(store, "head")
        folder.mkdir(parents=True)
        (folder / "head.bin.partial").write_bytes(BODY)
        (folder / "head.bin.partial.etag").write_text(f'"{hashlib.md5(BODY).hexdigest()}"')
        pull(own, store, silent)
        assert asked == [f"bytes={len(BODY)}-", None]
    assert model_path("head").read_bytes() == BODY


def test_a_file_that_changed_meanwhile_is_begun_anew(store, known):
    bodies = {"/head.bin": BODY[::-1]}
    with serving(bodies, breaks_at=300_000) as (address, _):
        own = model(address)
        known(own)
        with pytest.raises(ModelError):
            pull(own, store, silent)
        bodies["/head.bin"] = BODY
        pull(own, store, silent)
    assert model_path("head").read_bytes() == BODY


def test_bytes_of_another_sha256_are_not_stored(store, known):
    with serving({"/head.bin": BODY + b"!"}) as (address, _):
        own = model(address)
        known(own)
        with pytest.raises(ModelError, match=r"gives bytes of sha256 .* nothing was stored"):
            pull(own, store, silent)
    with pytest.raises(ModelError, match="`corpus models pull head` gets it"):
        model_path("head")


def test_what_is_not_pinned_is_pinned_by_the_first_pull(store, known):
    said = []
    with serving({"/head.bin": BODY}) as (address, _):
        own = model(address, sha256=None)
        known(own)
        pull(own, store, said.append)
    assert said == [f"head: head.bin, sha256 {SHA256[:12]}, pinned now, by this first pull"]
    path = model_path("head")
    path.write_bytes(b"another")
    verified_folder.cache_clear()
    with pytest.raises(ModelError, match=f"not {SHA256[:12]}: it is damaged or another file"):
        model_path("head")


def test_a_file_that_no_address_has_is_one_sentence_and_one_that_may_lack_is_skipped(store, known):
    with serving({"/head.bin": BODY}) as (address, _):
        first = ModelFile("head.bin", (f"{address}/nowhere", f"{address}/head.bin"), SHA256)
        spare = ModelFile("spare.txt", (f"{address}/spare.txt",), needed=False)
        pull(Model("head", "", "", (first, spare)), store, silent)
        with pytest.raises(ModelError, match=r"gone\.bin of model head is not to be had at http"):
            pull(Model("head", "", "", (ModelFile("gone.bin", (f"{address}/gone",)),)), store, silent)
    assert (verified_folder(store, "head") / "head.bin").is_file()


def test_files_of_a_prefix_are_copied_once_and_verified(store, known, monkeypatch):
    with serving({"/head.bin": BODY}) as (address, _):
        own = model(address)
        known(own)
        pull(own, store, silent)
    monkeypatch.setattr(store_module, "is_local", lambda uri: False)
    verified_folder.cache_clear()
    path = model_path("head")
    assert path.read_bytes() == BODY
    assert not str(path).startswith(store)
    path.write_bytes(b"damaged")
    verified_folder.cache_clear()
    assert model_path("head").read_bytes() == BODY


def test_the_catalogue_pins_every_file_and_says_licence_and_purpose():
    assert len(BY_NAME) == len(MODELS)
    for each in MODELS:
        assert each.licence
        assert each.purpose
        for file in each.files:
            assert len(file.sha256) == 64
            assert file.n_bytes > 0
            assert file.urls[0].endswith("/" + file.name)


def test_the_verbs_list_verify_and_refuse_in_one_sentence(store, known, capsys):
    with serving({"/head.bin": BODY}) as (address, _):
        own = model(address)
        known(own)
        assert main(["models", "pull", "head"]) == 0
    assert main(["models", "verify", "head"]) == 0
    assert "head: 1 file(s) verified in" in capsys.readouterr().out
    assert main(["models", "list"]) == 0
    listed = capsys.readouterr().out
    assert "lid-176  938,013 bytes  CC-BY-SA-3.0  not stored" in listed
    assert main(["models", "verify", "lid-176"]) == 1
    assert "corpus: model lid-176 is not there in the store" in capsys.readouterr().err
    assert main(["models", "pull", "no-such-model"]) == 1
    assert "open_clip has no model 'no-such-model'" in capsys.readouterr().err


def test_a_pair_of_open_clip_is_pulled_into_a_folder_that_loads_without_a_network(store, monkeypatch):
    model_of_weights = small_model()
    import open_clip

    weights = save({name: value.contiguous() for name, value in model_of_weights.state_dict().items()})
    monkeypatch.setattr(open_clip, "get_model_config", lambda name: dict(MODEL))
    with serving(
        {"/timm/vit_base_patch32_clip_224.openai/resolve/main/open_clip_model.safetensors": weights}
    ) as (
        address,
        _,
    ):
        monkeypatch.setenv("HF_ENDPOINT", address)
        pull(encoder_model("ViT-B-32/openai"), store, silent)
    encoder = load_encoder("ViT-B-32/openai", 4)
    digest = hashlib.sha256(weights).hexdigest()[:12]
    assert encoder.identity == encoder_identity("ViT-B-32/openai", "float32")
    assert encoder.identity.startswith(f"ViT-B-32/openai@{digest}:")
    assert encoder.encode_texts(["A red car."]).shape == (1, 16)
    config = (verified_folder(store, "ViT-B-32/openai") / "open_clip_config.json").read_text()
    assert '"quick_gelu": true' in config


def test_towers_of_hugging_face_come_with_their_config_and_tokenizer():
    names = {
        file.name: file.urls for file in encoder_model("xlm-roberta-base-ViT-B-32/laion5b_s13b_b90k").files
    }
    assert names["config.json"] == ("https://huggingface.co/xlm-roberta-base/resolve/main/config.json",)
    assert "tokenizer.json" in names
    with pytest.raises(EncoderError, match="no pretrained weights"):
        encoder_model("ViT-B-32/nothing")
