import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import corpus

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

HEAVY = {
    "aiohttp", "boto3", "jinja2", "lxml", "numpy", "open_clip", "pandas", "PIL", "pyarrow", "pydantic",
    "pyspark", "scipy", "torch", "torchvision", "trafilatura",
}  # fmt: skip

# Import name of a distribution, where it is not the name of the distribution itself.
IMPORT_NAMES = {
    "open-clip-torch": "open_clip",
    "pillow": "PIL",
    "lxml-html-clean": "lxml_html_clean",
    "zxing-cpp": "zxingcpp",
}

# Declared for the sake of others: see the comments in pyproject.toml.
NEVER_IMPORTED = {"lxml_html_clean", "pandas", "sentencepiece", "setuptools", "transformers"}


def loaded_by(statement: str) -> set[str]:
    """Top-level names of the modules that a fresh interpreter holds after `statement`."""
    code = f"{statement}\nimport sys\nprint(*{{name.split('.')[0] for name in sys.modules}})"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def import_name(distribution: str) -> str:
    return IMPORT_NAMES.get(distribution, distribution.replace("-", "_"))


def declared() -> dict[str, Requirement]:
    """Import name to requirement: what the wheel asks for, extras for users included."""
    extras = PROJECT["optional-dependencies"]
    texts = [*PROJECT["dependencies"], *(text for name in extras if name != "dev" for text in extras[name])]
    return {import_name(canonicalize_name(req.name)): req for req in map(Requirement, texts)}


def imported_by_the_package() -> set[str]:
    """Top-level names that any module of the package imports, function bodies included."""
    names = set()
    for path in (ROOT / "corpus").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                names.add(node.module.split(".")[0])
    return names - set(sys.stdlib_module_names) - {"corpus"}


def pins() -> dict[str, list[str]]:
    """Canonical name to pinned versions: two where Python 3.11 gets another one."""
    found = {}
    for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            requirement = Requirement(line)
            (specifier,) = requirement.specifier
            assert specifier.operator == "=="
            found.setdefault(canonicalize_name(requirement.name), []).append(specifier.version)
    return found


@pytest.mark.parametrize("module", ["corpus", "corpus.cli", "corpus.errors", "corpus.urls"])
def test_importing_the_package_or_its_command_loads_nothing_heavy(module):
    loaded = loaded_by(f"import {module}")
    assert "corpus" in loaded
    assert loaded & HEAVY == set()


def test_reading_the_tables_and_settings_needs_neither_spark_nor_torch():
    loaded = loaded_by("import corpus.tables, corpus.config, corpus.storage")
    assert loaded & HEAVY <= {"numpy", "pyarrow", "pydantic"}


def test_what_the_package_imports_is_declared():
    assert imported_by_the_package() - set(declared()) == set()


def test_what_is_declared_is_imported():
    assert set(declared()) - imported_by_the_package() == NEVER_IMPORTED


def test_every_requirement_is_pinned_within_its_bounds():
    texts = PROJECT["dependencies"] + [
        req for extra in PROJECT["optional-dependencies"].values() for req in extra
    ]
    others = (requirement for requirement in map(Requirement, texts) if requirement.name != PROJECT["name"])
    for requirement in others:
        versions = pins()[canonicalize_name(requirement.name)]
        assert all(requirement.specifier.contains(version) for version in versions), requirement.name


def test_pins_name_no_index_and_no_gpu_package():
    text = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    assert re.findall(r"@|://|\+cpu|\+cu\d", text) == []
    assert [name for name in pins() if name.startswith(("cuda", "nvidia", "triton"))] == []


def test_the_changelog_begins_with_this_version():
    headings = re.findall(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert headings[0] == corpus.__version__


@pytest.mark.parametrize(
    "name",
    [".ci/run", "infra/constraints.sh", "infra/host.sh", "infra/images/gpus.sh", "infra/package.sh"],
)
def test_scripts_can_be_run(name):
    assert (ROOT / name).stat().st_mode & 0o111
    subprocess.run(["bash", "-n", str(ROOT / name)], check=True)


@pytest.mark.parametrize(
    ("python", "java_home", "missing"),
    [("/nowhere/python", None, "Python 3.11, 3.12 or 3.13"), (sys.executable, "/nowhere", "Java 17")],
)
def test_a_missing_tool_is_said_in_one_sentence(python, java_home, missing):
    environment = {"PATH": "/usr/bin:/bin"} | ({"JAVA_HOME": java_home} if java_home else {})
    script = str(ROOT / "infra/host.sh")
    done = subprocess.run(
        ["bash", script, python], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert missing in done.stderr
    assert "install" in done.stderr
