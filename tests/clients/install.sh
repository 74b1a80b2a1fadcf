#!/usr/bin/env bash
# Brings the clients of package-lock.json into a folder, once for each state of that file: FOLDER
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
folder=$1
die() { echo "not ok: $*" >&2; exit 1; }

command -v node >/dev/null || die "there is no node: scripts/setup npm installs it"
command -v npm >/dev/null || die "there is no npm: scripts/setup npm installs it"
wanted=$(cat "$here/package.json" "$here/package-lock.json" | sha256sum)
[ "$(cat "$folder/installed" 2>/dev/null)" = "$wanted" ] && exit 0

mkdir -p "$folder"
rm -f "$folder/installed"
cp "$here/package.json" "$here/package-lock.json" "$folder"
cd "$folder"
npm ci --ignore-scripts --no-audit --no-fund --prefer-offline >npm.log 2>&1 || die "npm could not bring the clients: $(cat npm.log)"
echo "$wanted" >installed
