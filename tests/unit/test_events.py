import json
import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.events import LOGGER, AsJson, is_json, listen, tell


@pytest.fixture
def heard(monkeypatch):
    """Forms of events are put back afterwards."""
    monkeypatch.setattr(LOGGER, "handlers", [])
    monkeypatch.setattr(LOGGER, "propagate", False)
    monkeypatch.setattr(LOGGER, "level", LOGGER.level)


def test_as_json_an_event_is_one_line_with_its_facts(heard, capsys):
    listen("json")
    tell("job done", "images c00000 7 images", stage="images", n_rows=7, outcomes={"kept": 7})
    told = json.loads(capsys.readouterr().err)
    assert told.pop("time").endswith("+00:00")
    assert told == {
        "level": "info", "event": "job done", "stage": "images", "n_rows": 7, "outcomes": {"kept": 7},
    }  # fmt: skip
    assert is_json()


def test_as_text_the_line_for_people_is_all(heard, capsys):
    listen("text")
    tell("stage begun", stage="images")
    tell("job done", "images c00000 100 % of them", n_rows=7)
    assert capsys.readouterr().err == "images c00000 100 % of them\n"
    assert not is_json()


def test_listening_again_changes_the_form_and_leaves_handlers_of_others(heard, capsys):
    records = []
    own = logging.Handler()
    own.emit = records.append
    LOGGER.addHandler(own)
    listen("text")
    listen("json")
    tell("note", "said once")
    assert json.loads(capsys.readouterr().err)["event"] == "note"
    assert [(each.event, each.getMessage()) for each in records] == [("note", "said once")]


def test_a_note_without_facts_carries_its_text(heard, capsys):
    listen("json")
    tell("note", "two shards are not read", logging.WARNING)
    told = json.loads(capsys.readouterr().err)
    assert (told["level"], told["text"]) == ("warning", "two shards are not read")


@given(st.text(), st.dictionaries(st.text(), st.text()))
def test_whatever_stands_in_an_event_it_stays_one_ascii_line(text, facts):
    record = logging.makeLogRecord({"msg": "", "event": text, "facts": facts})
    line = AsJson().format(record)
    assert line.isascii()
    assert len(line.splitlines()) == 1
    assert facts.items() <= {**json.loads(line)}.items()
