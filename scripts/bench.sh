#!/usr/bin/env bash
# Runs the end-to-end benchmarks and prints a table, each row beside the machine's own limit measured in the same run.
#   scripts/bench.sh                 all rows
#   scripts/bench.sh produce start   the rows whose names begin so
#   scripts/bench.sh micro [...]     micro-benchmarks (BenchmarkDotNet's options)
set -euo pipefail
base=$(cd "$(dirname "$0")/.." && pwd)
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1
"$base/scripts/build.sh"
dotnet build "$base/tests/ClassicBroker.Benchmarks" -c Release -v quiet
exec "$base/artifacts/bin/ClassicBroker.Benchmarks/release/ClassicBroker.Benchmarks" "$@"
