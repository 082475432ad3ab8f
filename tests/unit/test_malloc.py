"""Memory that a driver frees goes back to the system."""

import subprocess
import sys

import pytest

ALLOCATOR = "import pyarrow; print(pyarrow.default_memory_pool().backend_name)"


@pytest.mark.parametrize("command", [["build", "--out"], ["status"]])
def test_arrow_takes_memory_from_the_malloc_that_gives_it_back(command, tmp_path):
    arguments = [*command, str(tmp_path / "out")]
    code = f"import corpus.cli; assert corpus.cli.main({arguments!r}) == 1; {ALLOCATOR}"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.split()[-1] == "system"
