#!/usr/bin/env bash
# Runs a cluster of three brokers and three Apache ZooKeepers under random faults and five foreign producers, once for each seed, and
# says what became of each: acknowledged records that are lost, records that stand twice, replicas that differ, readers that saw too much.
#   scripts/faults.sh                       ten runs of 50 faults, seeds 1 to 10: about an hour
#   scripts/faults.sh --seeds 3 --seed 7    seeds 7, 8 and 9
#   scripts/faults.sh --faults 12           fewer faults in each run
# Needs root for network namespaces, and what scripts/test.sh installs. Exit code 0: all runs are whole.
set -euo pipefail
base=$(cd "$(dirname "$(readlink -f "$0")")/.." && pwd)
cd "$base"
seeds=10 first=1 faults=50
usage() { sed -n '4,6s/^# \{0,3\}//p' "$0" >&2; exit 1; }
while [ $# -gt 0 ]; do
  [[ ${2:-} =~ ^[0-9]+$ ]] || usage
  case $1 in
    --seeds) seeds=$2 ;;
    --seed) first=$2 ;;
    --faults) faults=$2 ;;
    *) usage ;;
  esac
  shift 2
done
suite=artifacts/bin/ClassicBroker.Cluster.Tests/release/ClassicBroker.Cluster.Tests
[ -x dist/bin/kafka-server ] || scripts/build.sh
[ -x "$suite" ] || dotnet build tests/ClassicBroker.Cluster.Tests -c Release -v quiet
results=$(mktemp)
trap 'rm -f "$results"' EXIT
failed=0
for ((seed = first; seed < first + seeds; seed++)); do
  : > "$results"
  # A run that was skipped has ended well too, and says nothing.
  if CLASSICBROKER_FAULTS="$faults:$seed" CLASSICBROKER_FAULTS_RESULTS="$results" \
    "$suite" --no-ansi --progress off --filter-method '*Nothing_acknowledged_is_lost_or_moved_under_random_faults' > "$results.log" 2>&1 \
    && [ -s "$results" ]; then
    cat "$results"
  else
    failed=$((failed + 1))
    echo "seed $seed failed:"
    cat "$results.log"
  fi
  rm -f "$results.log"
done
[ "$failed" = 0 ] || { echo "$failed of $seeds runs failed" >&2; exit 1; }
echo "$seeds runs are whole"
