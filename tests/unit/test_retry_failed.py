"""`--retry-failed` raises the round of the last finished build by one."""

import pytest

from corpus.errors import SettingsError
from corpus.history import BUILD
from corpus.overrides import settings_from
from corpus.prepare import with_round
from corpus.run import build
from corpus.storage import write_json


def web(out, round_=None):
    return settings_from({"places": {"out": str(out)}, "fetch": {"images": "web", "round": round_}})


def finish(out, **settings):
    write_json(f"{out}/{BUILD}", {"settings": settings})


def round_of(settings, retry_failed=False):
    return with_round(settings, retry_failed).fetch.round


def test_the_first_build_is_round_0(tmp_path):
    assert round_of(web(tmp_path)) == 0


def test_a_build_without_the_flag_stays_in_the_round_of_the_last(tmp_path):
    finish(tmp_path, **{"fetch.round": 2})
    assert round_of(web(tmp_path)) == 2


def test_the_flag_raises_the_round_of_the_last_finished_build(tmp_path):
    finish(tmp_path, **{"fetch.round": 2})
    assert round_of(web(tmp_path), retry_failed=True) == 3
    assert round_of(web(tmp_path), retry_failed=True) == 3  # until that round is finished


def test_a_round_that_was_set_wins(tmp_path):
    finish(tmp_path, **{"fetch.round": 2})
    assert round_of(web(tmp_path, round_=1)) == 1


def test_nothing_is_retried_before_a_build_is_finished(tmp_path):
    with pytest.raises(SettingsError, match="needs a finished build in"):
        with_round(web(tmp_path), retry_failed=True)


def test_images_of_the_archive_are_not_retried(tmp_path):
    finish(tmp_path, **{"fetch.round": 0})
    archive = settings_from({"places": {"out": str(tmp_path)}})
    with pytest.raises(SettingsError, match=r"fetch\.images is not web"):
        with_round(archive, retry_failed=True)


def test_one_stage_alone_is_not_retried(tmp_path):
    with pytest.raises(SettingsError, match=r"raise fetch\.round by one"):
        build(web(tmp_path), print, stage="images", retry_failed=True)
