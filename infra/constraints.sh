#!/usr/bin/env bash
# Writes constraints.txt: every package of pyproject.toml with all extras, pinned for Python 3.11 to 3.13.
# Markers stay, because Python 3.11 gets other numpy and scipy than 3.12. What torch brings for its GPU build is left
# out, so the same file serves the CPU build: which of the two is installed is for the package index to say.
set -euo pipefail
cd "$(dirname "$0")/.."

tools=$(mktemp -d)
trap 'rm -rf "$tools"' EXIT
.venv/bin/python -m venv "$tools"
"$tools/bin/pip" install --quiet uv
"$tools/bin/uv" pip compile pyproject.toml --all-extras --universal --python-version 3.11 \
  --upgrade --no-header --no-annotate --quiet > "$tools/pins"
{
  echo "# Made by make constraints (infra/constraints.sh): edit pyproject.toml instead."
  grep -Ev '^(cuda|nvidia|triton)(-|=)' "$tools/pins"
} > constraints.txt
