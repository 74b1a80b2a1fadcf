#!/usr/bin/env bash
# No function over 70 lines, no file over 700; prints the medians.
. "$(dirname "$0")/lib.sh"
lengths=$(sources | grep '\.c$' | xargs awk '
    FNR == 1 { start = 0 }
    /^\{/ { start = FNR; name = last }
    /^\}/ && start { length_ = FNR - start - 1; print length_, FILENAME ":" start, name; start = 0 }
    /^[a-zA-Z_]/ { last = $0 }')
while read -r length place name; do
    [ "$length" -le 70 ] || fail "$place: $length lines in: $name"
done <<<"$lengths"
while read -r lines file; do
    [ "$file" = total ] || [ "$lines" -le 700 ] || fail "$file: $lines lines"
done < <(sources | xargs wc -l)
echo "$lengths" | sort -n | awk '{ all[NR] = $1 } END { print NR " functions, median " all[int((NR + 1) / 2)] " lines, nine in ten under " all[int(NR * 0.9)] + 1 }'
[ "$(echo "$lengths" | wc -l)" -gt 300 ] || fail "too few functions were seen: the check itself is broken"
finish
