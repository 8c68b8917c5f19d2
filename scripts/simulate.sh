#!/usr/bin/env bash
# Runs whole clusters in the deterministic simulator; --help tells the options.
#   scripts/simulate.sh --seeds 1000              seeds 1 to 1000
#   scripts/simulate.sh --seed 35 --verbose       one seed again
#   scripts/simulate.sh --bug TruncateToHw --seeds 10000
#   scripts/simulate.sh --table --seeds 10000 > docs/planted-bugs.md
set -euo pipefail
base=$(cd "$(dirname "$(readlink -f "$0")")/.." && pwd)
# A collection costs by what is alive, not by how much was made since the one before.
export DOTNET_GCgen0size="${DOTNET_GCgen0size:-0x4000000}"
# A hardening that costs each page of new code two system calls.
export DOTNET_EnableWriteXorExecute="${DOTNET_EnableWriteXorExecute:-0}"
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1
dotnet build "$base/tests/ClassicBroker.Simulation" -c Release -v quiet >&2
exec "$base/artifacts/bin/ClassicBroker.Simulation/release/ClassicBroker.Simulation" "$@"
