#!/usr/bin/env bash
# Bends what strangers may send (SASL exchanges, tokens) and what configurations hold (JAAS entries, Kerberos rules), for as many rounds as
# asked: "scripts/fuzz.sh [rounds] [seed]".
# The seed is printed; the same one finds the same fault again.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."
export FUZZ_ROUNDS=${1:-1000000} FUZZ_SEED=${2:-$RANDOM}
echo "rounds $FUZZ_ROUNDS, seed $FUZZ_SEED"
dotnet build tests/ClassicBroker.Rpc.Tests -c Release -v quiet
exec artifacts/bin/ClassicBroker.Rpc.Tests/release/ClassicBroker.Rpc.Tests --no-ansi --progress off --filter-class '*FuzzTests'
