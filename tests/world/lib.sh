# Shared by the world tests: $1 is the folder of programs, $2 the project's root.
set -u
bin=$1
root=$2
export PATH="$bin:$PATH"
unset HTTPS_PROXY https_proxy SSL_CERT_FILE IOMT_STATE_DIR IOMT_CLOCK
work=$(mktemp -d)
started=()
cleanup() {
    for pid in "${started[@]:-}"; do [ -n "$pid" ] && kill -TERM "$pid" 2>/dev/null; done
    wait 2>/dev/null
    rm -rf "$work"
}
trap cleanup EXIT
die() { echo "not ok: $*" >&2; exit 1; }
wait_for() { # wait_for SECONDS COMMAND...: until it succeeds
    local until=$((SECONDS + $1))
    shift
    until "$@"; do
        [ $SECONDS -lt $until ] || return 1
        sleep 0.05
    done
}
is_ready() { grep -q '^ready' "$1" 2>/dev/null; }
gone() { ! kill -0 "$1" 2>/dev/null; }
# All processes whose command line names a folder: what a cloud left behind.
processes_of() { pgrep -f -- "$1" || true; }
