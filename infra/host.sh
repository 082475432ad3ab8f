#!/usr/bin/env bash
# Prints the Python to build with; fails with one sentence where Python or Java is missing or of the wrong version.
# usage: infra/host.sh [PYTHON]     without PYTHON the first of python3, python3.13, python3.12, python3.11 that fits
set -euo pipefail

fits() { "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' >/dev/null 2>&1; }

fail() {
  printf '%s\n' "$1" >&2
  exit 1
}

find_python() {
  local candidate
  for candidate in ${1:-python3 python3.13 python3.12 python3.11}; do
    if fits "$candidate"; then
      printf '%s\n' "$candidate"
      return
    fi
  done
  fail "Python 3.11, 3.12 or 3.13 is needed but ${1:-python3} is not one of them: install one (Debian: apt install python3 python3-venv) or name it with make PYTHON=/path/to/python3."
}

check_venv() {
  "$1" -c 'import ensurepip, venv' >/dev/null 2>&1 ||
    fail "$1 cannot make virtual environments: install its venv package (Debian: apt install python3-venv)."
}

check_java() {
  local java="java" version major
  [ -z "${JAVA_HOME:-}" ] || java="$JAVA_HOME/bin/java"
  version=$("$java" -version 2>&1 | sed -n 's/.*version "\([^"]*\)".*/\1/p' | head -n 1) || true
  major=${version%%[!0-9]*}
  [ "${major:-0}" -ge 17 ] ||
    fail "Java 17 or newer is needed by Spark and $java is ${version:-missing}: install it (Debian: apt install openjdk-17-jre-headless) or point JAVA_HOME at it."
}

python=$(find_python "${1:-}")
check_venv "$python"
check_java
printf '%s\n' "$python"
