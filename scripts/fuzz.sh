#!/usr/bin/env bash
# Bends what strangers may send (frames, SASL exchanges, tokens) and what files, ZooKeeper and configurations may hold (key stores, ACLs, JAAS
# entries, Kerberos rules): "scripts/fuzz.sh [rounds] [seed] [part of a target's name]". Every target makes that many executions, one target
# after the other, and tells how fast. The seed is printed; the same one finds the same fault again.
#   scripts/fuzz.sh                      a million of each
#   scripts/fuzz.sh 10000000             ten million of each: about an hour on one core
#   scripts/fuzz.sh 1000000 7 KeyStore   the key stores only, from another seed
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."
export FUZZ_ROUNDS=${1:-1000000} FUZZ_SEED=${2:-$RANDOM}
echo "rounds $FUZZ_ROUNDS, seed $FUZZ_SEED"
failed=0
for suite in Protocol Rpc Transport Metadata; do
  dotnet build "tests/ClassicBroker.$suite.Tests" -c Release -v quiet
  "artifacts/bin/ClassicBroker.$suite.Tests/release/ClassicBroker.$suite.Tests" --no-ansi --progress off --output Detailed --show-live-output on \
    --max-threads 1 --ignore-exit-code 8 --filter-class "*${3:-}*FuzzTests" | grep -vE '^(xUnit.net|\s*$)' || failed=1
done
exit "$failed"
