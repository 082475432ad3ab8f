"""README is run, so that it cannot drift."""

import doctest
import re
import shlex
import shutil
import tomllib

import numpy as np
import pytest

from corpus.cli import main, parser
from corpus.encode.registry import similarity_bound
from corpus.overrides import parse_override, settings_from
from corpus.tables import TABLES
from tests.jobs.built import ROOT
from tests.unit.stored_build import write_build

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
    for override in getattr(options, "set", ()):
        settings_from(parse_override(override))


def blocks_of_release():
    return [
        block for block in re.findall(r"```python\n(.+?)```", README, flags=re.DOTALL) if '"release/' in block
    ]


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_its_ways_to_read_a_release_work(tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    build = write_build(tmp_path / "build", 12)
    assert main(["publish", build, "--to", "release/"]) == 0
    without_spark = [block for block in blocks_of_release() if "spark." not in block]
    assert len(without_spark) == 2
    names = {}
    for block in without_spark:
        exec(block, names)
    assert names["picture"].size == (40, 30)
    assert names["inputs"][0][0].count(256) == len(names["inputs"][0][1]) > 0
    assert names["state"]["n_readers"] == 2


def test_its_ways_to_read_a_build_read_each_document_once_though_tables_of_other_settings_lie_beside_it(
    tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    write_build(tmp_path / "out", 12)
    (product,) = (tmp_path / "out" / "tables" / "interleaved").iterdir()
    shutil.copytree(product, product.with_name("of-other-settings"))
    (block,) = re.findall(r"```python\n(import pyarrow\.dataset.+?)```", README, flags=re.DOTALL)
    names = {}
    exec(
        block.replace("DIGEST", product.name)
        .replace(".show()", "")
        .replace("duckdb.sql(", "found = duckdb.sql("),
        names,
    )
    assert names["table"].num_rows == len(names["found"].fetchall()) == names["rows"].num_rows == 12
    n_alike = sum(each > 0.3 for each in names["table"]["mean_matched_sim"].to_pylist())
    assert sum(batch.num_rows for batch in names["batches"]) == n_alike > 0


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
