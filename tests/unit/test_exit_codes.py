"""Exit codes that a scheduler can act on."""

import re
import runpy
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from corpus import cli
from corpus.errors import InputError, SettingsError

ROOT = Path(__file__).parents[2]


def raising(error):
    def run(options):
        raise error

    return SimpleNamespace(HELP="", declare=lambda parser: None, run=run)


@pytest.mark.parametrize(
    ("error", "code", "told"),
    [
        (InputError("no such file"), 1, "corpus: no such file\n"),
        (SettingsError("no such key"), 2, "corpus: no such key\n"),
        (KeyboardInterrupt(), 130, "the same command goes on where this one ended\n"),
        (
            OSError(28, "No space left on device"),
            1,
            "make room, or name a place on another disk, and run the same command again\n",
        ),
        (
            NotADirectoryError(20, "Not a directory", "here"),
            1,
            "Not a directory: here; a part of that path is a file: name another place\n",
        ),
        (ConnectionResetError(104, "Connection reset"), 1, "run the same command to try again)\n"),
        (
            RuntimeError("OSError: [Errno 28] of a task"),
            1,
            "make room, or name a place on another disk, and run the same command again)\n",
        ),
        (ZeroDivisionError("by hand"), 1, "run the same command to try again)\n"),
    ],
)
def test_an_error_is_one_message_and_a_code(error, code, told, monkeypatch, capsys):
    monkeypatch.setitem(cli.VERBS, "build", raising(error))
    assert cli.main(["build"]) == code
    assert capsys.readouterr().err.endswith(told)


@pytest.mark.parametrize(
    "words",
    [
        ("view", "out", "--port", "65536"),
        ("validate", "out", "--processes", "0"),
        ("status", "out", "--newest", "-1"),
        ("status", "out", "--stalled-after", "nan"),
        ("import", "mmc4", "shard.jsonl", "--out", "out", "--min-similarity", "nan"),
    ],
)
def test_a_number_that_cannot_be_is_not_understood(words, capsys):
    with pytest.raises(SystemExit) as stopped:
        cli.main(words)
    assert stopped.value.code == 2
    assert re.search(f"{words[-1]!r} is no (whole )?number ", capsys.readouterr().err)


def test_what_is_done_ends_with_0_and_what_is_not_understood_with_2(monkeypatch):
    monkeypatch.setitem(
        cli.VERBS, "build", SimpleNamespace(HELP="", declare=lambda parser: None, run=lambda options: None)
    )
    assert cli.main(["build"]) == 0
    with pytest.raises(SystemExit) as stopped:
        cli.main(["no-such-verb"])
    assert stopped.value.code == 2


@pytest.mark.parametrize("path", sorted((ROOT / "jobs").glob("*.py")), ids=lambda path: path.stem)
def test_an_entry_point_ends_with_the_code_of_its_verb(path, monkeypatch):
    given = []
    monkeypatch.setattr(cli, "main", lambda words: given.append(words) or 7)
    given_by_user = ["--config", "run.toml"]
    monkeypatch.setattr(sys, "argv", [str(path), *given_by_user])
    with pytest.raises(SystemExit) as stopped:
        runpy.run_path(str(path), run_name="__main__")
    assert stopped.value.code == 7
    expected = {"build": ["build", *given_by_user], "publish": ["publish", *given_by_user, "--spark"]}
    assert given == [expected.get(path.stem, ["build", "--stage", path.stem, *given_by_user])]
