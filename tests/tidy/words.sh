#!/usr/bin/env bash
# The reference knows no simulator; rooms have their card; source files say first what they decide.
. "$(dirname "$0")/lib.sh"
grep -rniE 'azsim|simulat|pretend|\bfake\b|_sim/' reference && fail "the reference must not know who answers its calls"
grep -rnE '\b(TODO|FIXME|XXX)\b' common amqp azure reference simulators runner && fail "work left open"
while read -r folder _; do
    [ -n "$folder" ] || continue
    [ -f "$folder/README.md" ] || { fail "$folder has no README.md"; continue; }
    for word in Holds: Knows: 'Must not know:' 'May call:' Speaks:; do
        grep -q "^$word" "$folder/README.md" || fail "$folder/README.md lacks the line \"$word\""
    done
done <<<"$rooms"
for file in $(sources | grep '\.c$'); do
    head -1 "$file" | grep -q '^/\* ' || fail "$file: the first line does not say what it decides"
done
finish
