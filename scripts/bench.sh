#!/usr/bin/env bash
# Runs the end-to-end benchmarks and prints a table; rows that have one show the machine's own limit, measured in the same run.
#   scripts/bench.sh                 all rows
#   scripts/bench.sh produce start   the rows whose names begin so
#   scripts/bench.sh --release [...]  the same of the release form (Native AOT) in place of the one of the inner loop
#   scripts/bench.sh micro [...]     micro-benchmarks (BenchmarkDotNet's options)
set -euo pipefail
base=$(cd "$(dirname "$(readlink -f "$0")")/.." && pwd)
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1
form=""
if [ "${1:-}" = --release ]; then
  form=--release
  shift
fi
"$base/scripts/build.sh" $form
echo "${form:+Release form. }$(git -C "$base" log -1 --format=%h 2>/dev/null || true)"
dotnet build "$base/tests/ClassicBroker.Benchmarks" -c Release -v quiet
benchmarks="$base/artifacts/bin/ClassicBroker.Benchmarks/release/ClassicBroker.Benchmarks"
# A loopback device of the run's own, where the system allows one: nothing else is on it, and TCP does not pace there. BBR does, by
# round trips too short to measure, and makes every figure a matter of luck.
private_network='ip link set lo up && { echo cubic > /proc/sys/net/ipv4/tcp_congestion_control || true; } 2>/dev/null'
if [ "${1:-}" != micro ] && unshare --map-root-user --net sh -c "$private_network" 2>/dev/null; then
  exec unshare --map-root-user --net sh -c "$private_network; exec \"\$@\"" sh "$benchmarks" "$@"
fi
exec "$benchmarks" "$@"
