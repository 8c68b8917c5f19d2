#!/usr/bin/env bash
# Formats the sources as .editorconfig says; "scripts/format.sh --check" only tells.
set -euo pipefail
cd "$(dirname "$0")/.."
[ "${1:-}" = --check ] && set -- --verify-no-changes || set --
exec dotnet format whitespace ClassicBroker.sln "$@"
