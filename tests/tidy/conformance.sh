#!/usr/bin/env bash
# The table in scenarios/conformance/README.md has a row for each of the contract's examples E01 to E110; every file of a row holds its
# number (a step or a row of a scenario, a test, a comment), or the row says "not held: reason". A number that a scenario names is in its row.
# Another table may be given, to see the check fail.
table=$(realpath "${1:-$(dirname "$0")/../../scenarios/conformance/README.md}")
. "$(dirname "$0")/lib.sh"
last=110
numbers=$(for n in $(seq "$last"); do printf 'E%02d\n' "$n"; done)

# What a file holds, one number a line, as E07. In scenarios only names count: `- name: e07 ...`, `{ case: e07-...`.
held() {
    case $1 in
        *.yaml) grep -E '^[[:space:]]*- (name: |\{ case: )["]?e[0-9]' "$1" | sed -E 's/^[[:space:]]*- (name: |\{ case: )"?//' |
                grep -oE '^(e[0-9]+[a-z]?[ -])+' | grep -oE 'e[0-9]+' ;;
        *.c | *.h) grep -oE '\b(E[0-9]{2,3}\b|(e[0-9]{2,3}_)+)' "$1" | tr _ '\n' | grep . ;;
        *) grep -oE '\bE[0-9]{2,3}\b' "$1" ;;
    esac | tr e E | sort -u
}
where() { case $1 in */*) echo "$1" ;; *) echo "scenarios/conformance/$1" ;; esac; }

rows=$(grep -E '^\| E[0-9]+ \|' "$table")
[ "$(echo "$rows" | cut -d' ' -f2)" = "$numbers" ] || fail "the table must have one row each for E01 to E$last, in order"
declare -A holds
while IFS='|' read -r _ number files _; do
    number=${number// /}
    case $files in *'not held: '[![:blank:]]*) continue ;; esac
    listed=$(echo "$files" | grep -oE '`[^`]+`' | tr -d '`')
    [ -n "$listed" ] || fail "$number: neither a file nor \"not held: reason\""
    for file in $listed; do
        path=$(where "$file")
        [ -f "$path" ] || { fail "$number: there is no $path"; continue; }
        [ -n "${holds[$path]:-}" ] || holds[$path]=$(held "$path" | tr '\n' ' ')
        case " ${holds[$path]}" in *" $number "*) ;; *) fail "$number: $path does not name it" ;; esac
    done
done <<<"$rows"
for file in scenarios/conformance/*.yaml; do
    for number in $(held "$file"); do
        echo "$rows" | grep -qE "^\| $number \|.*\`$(basename "$file")\`" || fail "$file names $number; its row does not name the file"
    done
done
[ "${#holds[@]}" -gt 10 ] || fail "too few files were read: the check itself is broken"
finish
