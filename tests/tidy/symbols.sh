#!/usr/bin/env bash
# Every exported symbol carries its room's prefix. Usage: symbols.sh BUILD-FOLDER
build=$1
. "$(dirname "$0")/lib.sh"
checked=0
while read -r folder prefix library _; do
    [ -n "$folder" ] || continue
    archive=$(find "$build/$folder" -maxdepth 1 -name "lib$library.a")
    [ -n "$archive" ] || { fail "no library of $folder in $build"; continue; }
    while read -r symbol; do
        checked=$((checked + 1))
        case $symbol in "$prefix"*) ;; *) fail "$folder exports $symbol; its prefix is $prefix" ;; esac
    done < <(nm -A --defined-only --extern-only "$archive" 2>/dev/null | awk '$(NF-1) ~ /^[TDBRVWG]$/ { print $NF }' | grep -vE '^(__asan|__odr_asan|__tsan|__ubsan|_GLOBAL_)')
done <<<"$rooms"
[ "$checked" -gt 100 ] || fail "only $checked symbols were seen: the check itself is broken"
finish
