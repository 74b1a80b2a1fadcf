#!/usr/bin/env bash
# Includes go downwards only: what each room may know (docs/design.md), read from the include graph.
. "$(dirname "$0")/lib.sh"
while read -r folder _ _ allowed; do
    [ -n "$folder" ] || continue
    while IFS=: read -r file line include; do
        path=${include#*\"}; path=${path%\"*}
        ok=no
        for room in ${allowed//+/ }; do
            case $path in "$room"/*) ok=yes ;; esac
        done
        [ $ok = yes ] || fail "$file:$line: $folder may not include \"$path\""
        [ -f "$path" ] || fail "$file:$line: \"$path\" is not a path from the project's root"
    done < <(grep -nE '^[[:space:]]*#[[:space:]]*include[[:space:]]*"' -r "$folder" --include='*.[ch]')
done <<<"$rooms"
finish
