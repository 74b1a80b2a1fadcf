#!/usr/bin/env bash
# Formatting is clang-format's, nobody's own.
. "$(dirname "$0")/lib.sh"
tool=$(command -v clang-format-14 || command -v clang-format) || { echo "no clang-format here" >&2; exit 77; }
(sources; find tests -name '*.[ch]') | xargs "$tool" --dry-run -Werror || fail "run: scripts/format"
finish
