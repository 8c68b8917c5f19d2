#!/usr/bin/env bash
# Formats the sources as .editorconfig says; "scripts/format.sh --check" only tells. Projects are not loaded, which takes half a minute less.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."
[ "${1:-}" = --check ] && set -- --verify-no-changes || set --
failed=0
for folder in src tests; do
  dotnet format whitespace "$folder" --folder "$@" || failed=1
done
exit $failed
