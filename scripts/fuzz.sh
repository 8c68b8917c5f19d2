#!/usr/bin/env bash
# Bends what strangers may send (frames, SASL exchanges, tokens) and what files, ZooKeeper and configurations may hold (key stores, ACLs, JAAS
# entries, Kerberos rules): "scripts/fuzz.sh [rounds] [seed] [part of a target's name]". Every target makes that many executions in a process
# of its own, as many targets at once as there are processors, and tells how fast. The seed is printed; the same one finds the same fault again.
#   scripts/fuzz.sh                      a million of each
#   scripts/fuzz.sh 10000000             ten million of each: more than half an hour on two cores
#   scripts/fuzz.sh 1000000 7 KeyStore   the key stores only, from another seed
# FUZZ_WORKERS is how many targets run at once.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."
export FUZZ_ROUNDS=${1:-1000000} FUZZ_SEED=${2:-$RANDOM} DOTNET_TieredPGO=1 DOTNET_gcServer=0
part=${3:-}
echo "rounds $FUZZ_ROUNDS, seed $FUZZ_SEED"
results=artifacts/fuzz
rm -rf "$results"
mkdir -p "$results"

# Those that take longest begin first, so that no one of them is left alone at the end.
targets() {
  local suite
  for suite in Transport Rpc Protocol Metadata ZooKeeper; do
    "artifacts/bin/ClassicBroker.$suite.Tests/release/ClassicBroker.$suite.Tests" --list-tests --no-ansi --filter-class '*FuzzTests' \
      | sed -n "s/^ *\(ClassicBroker\.$suite\.Tests\.[A-Za-z0-9_.]*FuzzTests\.[A-Za-z0-9_]*\).*/$suite \1/p"
  done
}

run() {
  local log="$results/$2.log" code=0
  "artifacts/bin/ClassicBroker.$1.Tests/release/ClassicBroker.$1.Tests" --no-ansi --progress off --output Detailed --show-live-output on \
    --max-threads 1 --filter-method "$2" >"$log" 2>&1 || code=$?
  echo "${2#ClassicBroker."$1".Tests.}"
  if [ "$code" = 0 ]; then
    grep -E '^ *seed [0-9]+, ' "$log" | sort -u
  else
    cat "$log"
    touch "$results/failed"
  fi
}
export -f run
export results

for suite in Transport Rpc Protocol Metadata ZooKeeper; do
  dotnet build "tests/ClassicBroker.$suite.Tests" -c Release -v quiet
done
targets | grep -- "$part" | xargs -r -P "${FUZZ_WORKERS:-$(nproc)}" -L 1 bash -c 'run "$1" "$2"' -
[ ! -e "$results/failed" ]
