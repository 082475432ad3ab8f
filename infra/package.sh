#!/usr/bin/env bash
# Fills dist/ with what a cluster is given, one folder to copy to a bucket:
#   interleaved_corpus-VERSION-py3-none-any.whl   for container images and environments
#   corpus-VERSION.zip    the same bytes for spark-submit --py-files, which does not import a .whl
#   jobs/*.py             entry points for spark-submit
#   schemas/              every column of every table
#   run.toml              example settings
#   constraints.txt, gpus.sh   what the container files of infra/images take from here
#   environment.tar.gz    only when asked for: all packages but Spark, for spark-submit --archives
# usage: infra/package.sh [environment]
set -euo pipefail
cd "$(dirname "$0")/.."
python=$PWD/.venv/bin/python

build_wheel() {
  rm -rf dist
  mkdir -p dist/jobs
  "$python" -m pip wheel --quiet --no-deps --wheel-dir dist .
  cp jobs/*.py dist/jobs/
  cp -r schemas infra/run.toml constraints.txt infra/images/gpus.sh dist/
}

# A published top-level name besides ours would overwrite that of another package without a word.
check_wheel() {
  local others
  others=$("$python" -m zipfile --list "$1" | awk 'NR > 1 { print $1 }' |
    grep -Ev '^(corpus|interleaved_corpus-[^/]*\.dist-info)/' || true)
  [ -z "$others" ] || { printf 'The wheel holds more than corpus/:\n%s\n' "$others" >&2; exit 1; }
}

# venv-pack links to the interpreter instead of packing it, so workers need the same Python at the same place: run this
# in the image that the cluster runs.
build_environment() {
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  "$python" -m venv "$work/environment" "$work/tools"
  "$work/tools/bin/pip" install --quiet venv-pack setuptools
  "$work/environment/bin/pip" install --quiet --upgrade 'pip>=24'
  "$work/environment/bin/pip" install --quiet --constraint constraints.txt "$1[clip,hdfs]" pandas setuptools
  "$work/tools/bin/venv-pack" --quiet --prefix "$work/environment" --output dist/environment.tar.gz
}

build_wheel
wheel=$(echo dist/interleaved_corpus-*.whl)
check_wheel "$wheel"
version=${wheel#dist/interleaved_corpus-}
cp "$wheel" "dist/corpus-${version%%-*}.zip"
[ "${1:-}" != environment ] || build_environment "$wheel"
find dist -type f | sort
