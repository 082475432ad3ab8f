"""img2dataset as the engine is refused unless what it cannot guarantee was accepted, and it can work."""

import multiprocessing
import signal
import sys
from types import ModuleType, SimpleNamespace

import pytest

from corpus.config import Fetch
from corpus.errors import SettingsError
from corpus.events import listen
from corpus.fetch import img2dataset
from corpus.fetch.img2dataset import check_engine, download_shards
from corpus.overrides import settings_from
from corpus.prepare import shards_identity
from tests.unit.img2dataset_folder import success, write_shard
from tests.unit.misbehaving_server import JPEG

WEB = {"images": "web", "engine": "img2dataset"}


def test_the_engine_is_refused_without_the_setting_that_accepts_its_risks():
    with pytest.raises(SettingsError, match=r"redirects .* --set fetch\.allow_unchecked=true"):
        check_engine(Fetch(**WEB))
    check_engine(Fetch())


def test_the_engine_fetches_from_the_web_alone():
    with pytest.raises(SettingsError, match=r"but fetch\.images is archive"):
        check_engine(Fetch(engine="img2dataset", allow_unchecked=True))


def test_the_engine_has_to_be_installed(monkeypatch):
    monkeypatch.setattr(img2dataset, "find_spec", lambda name: None)
    with pytest.raises(SettingsError, match=r"pip install 'interleaved-corpus\[img2dataset\]'"):
        check_engine(Fetch(**WEB, allow_unchecked=True))


class LoggerProcess(multiprocessing.get_context("fork").Process):
    """What img2dataset starts under this name runs until it is told to stop."""


@pytest.fixture
def stand_in(monkeypatch):
    """The module that `download` is taken from; it notes how it was called."""
    package, main = ModuleType("img2dataset"), ModuleType("img2dataset.main")
    main.signal = signal
    package.calls = []

    def download(**arguments):
        main.signal.signal(main.signal.SIGINT, lambda *_: None)
        LoggerProcess(target=signal.pause).start()
        package.calls.append(arguments)
        if arguments["url_list"] == "bad":
            raise OSError("no such list")

    package.download = download
    monkeypatch.setitem(sys.modules, "img2dataset", package)
    monkeypatch.setitem(sys.modules, "img2dataset.main", main)
    return SimpleNamespace(calls=package.calls, main=main)


@pytest.mark.parametrize("list_", ["good", "bad"])
def test_neither_signal_handler_nor_process_is_left_behind(stand_in, list_):
    handler = signal.getsignal(signal.SIGINT)
    if list_ == "bad":
        with pytest.raises(OSError, match="no such list"):
            download_shards(list_, "shards", Fetch())
    else:
        download_shards(list_, "shards", Fetch())
    assert signal.getsignal(signal.SIGINT) is handler
    assert stand_in.main.signal is signal
    assert [child for child in multiprocessing.active_children() if type(child) is LoggerProcess] == []


def test_it_says_who_asks_and_honours_the_same_directives(stand_in):
    download_shards("good", "shards", Fetch())
    (call,) = stand_in.calls
    assert call["user_agent_token"] == "interleaved-corpus"
    assert call["disallowed_header_directives"] == ["noai", "noimageai", "noimageindex", "noindex", "none"]
    assert (call["save_additional_columns"], call["compute_hash"]) == (["image_url_id"], "sha256")


def test_shards_are_named_by_a_setting_and_shape_the_build(tmp_path, capsys):
    def identity(**fetch):
        return shards_identity(settings_from({"fetch": fetch}))

    assert identity() == ""
    with pytest.raises(SettingsError, match=r"as fetch\.folder"):
        identity(images="img2dataset")
    write_shard(tmp_path, 0, [success("http://a.example/a.jpg", JPEG)])
    (tmp_path / "00001_stats.json").write_text("{}")
    listen("text")
    assert len(identity(images="img2dataset", folder=str(tmp_path))) == 12
    assert capsys.readouterr().err == f"{tmp_path}: 1 unfinished shard(s) are not read: 00001\n"
