#!/usr/bin/env bash
# Every header compiles alone.
. "$(dirname "$0")/lib.sh"
for header in $(sources | grep '\.h$'); do
    printf '#include "%s"\n' "$header" | ${CC:-gcc} -std=gnu17 -D_GNU_SOURCE -Wall -Wextra -Werror -I. -fsyntax-only -x c - || fail "$header does not compile alone"
done
finish
