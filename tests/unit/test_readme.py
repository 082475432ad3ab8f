"""README is run, so that it cannot drift."""

import doctest
import re
import shlex
import tomllib

import numpy as np
import pytest

from corpus.cli import parser
from corpus.encode.registry import similarity_bound
from corpus.overrides import parse_override, settings_from
from corpus.tables import TABLES
from tests.jobs.built import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^    (?:\.venv/bin/)?corpus (.+)$", README, flags=re.MULTILINE)


def test_its_make_targets_exist():
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"(?:^    |`)make ([a-z]+)\b", README, flags=re.MULTILINE))
    assert {"demo", "test", "package"} <= targets
    for target in targets:
        assert re.search(rf"^{target}:", makefile, flags=re.MULTILINE), target


@pytest.mark.parametrize("command", COMMANDS)
def test_its_commands_are_understood(command):
    options = parser().parse_args(shlex.split(command, comments=True))
    for override in getattr(options, "set", []):
        settings_from(parse_override(override))


def test_it_shows_commands():
    assert len(COMMANDS) >= 3


def test_its_settings_file_is_one():
    (text,) = re.findall(r"```toml\n(.+?)```", README, flags=re.DOTALL)
    assert settings_from(tomllib.loads(text)).encode.encoder == "ViT-L-14/openai"


def test_its_sessions_print_what_it_says():
    sessions = "\n".join(re.findall(r"```python\n(>>> .+?)```", README, flags=re.DOTALL))
    examples = doctest.DocTestParser().get_doctest(sessions, {"numpy": np}, "README.md", "README.md", 0)
    assert examples.examples
    assert doctest.DocTestRunner(verbose=False).run(examples).failed == 0


def test_it_names_every_table():
    assert [name for name in TABLES if f"`{name}`" not in README] == []


def test_the_bound_it_tells_is_the_bound_used():
    assert "0.15 for `ViT-L-14/openai`" in README
    assert similarity_bound("ViT-L-14/openai") == 0.15
