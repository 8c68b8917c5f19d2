#!/usr/bin/env bash
# Installs what the tests need, builds everything and runs all tests. Ends with "N passed, N failed".
#   scripts/test.sh            everything; suites that start processes run against the release form
#   scripts/test.sh unit       unit and simulation tests only: no sockets, no processes, nothing to install
#   scripts/test.sh NAME       one test project, such as Storage or Interop; with --release behind it, against the release form;
#                              with --long, tests that have a size in the size they are meant for, and every test of a cluster on a secured
#                              one too (half an hour and more)
set -euo pipefail
base=$(cd "$(dirname "$(readlink -f "$0")")/.." && pwd)
cd "$base"
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1
what=${1:-all}
# A project's name in any case: "storage" is Storage.
case $what in
  all | unit) ;;
  *)
    found=$(cd tests && ls -d ClassicBroker.*.Tests | grep -ix "ClassicBroker\.$what\.Tests") || {
      echo "There is no test project $what. There are:" >&2
      (cd tests && ls -d ClassicBroker.*.Tests | sed 's/^ClassicBroker\.//; s/\.Tests$//') >&2
      exit 1
    }
    what=${found#ClassicBroker.}
    what=${what%.Tests}
    ;;
esac
form=${2:-}
hang_timeout=8m
if [ "$form" = --long ]; then
  form=""
  hang_timeout=60m
  export CLASSICBROKER_COMPACTION=10000000,100000,20 CLASSICBROKER_EXACTLY_ONCE_SEEDS=10 CLASSICBROKER_SECURED=1
fi
[ "$what" != all ] || form=--release
needs_machine() { [ "$what" = all ] || [ "$what" = Interop ] || [ "$what" = Cluster ] || [ "$what" = ZooKeeper.Server ]; }

install_debian_packages() {
  local packages="zookeeper default-jre-headless krb5-kdc krb5-admin-server krb5-user libsasl2-modules-gssapi-mit kcat python3-kafka python3-confluent-kafka python3-snappy python3-lz4 python3-xxhash python3-zstandard libzstd1 nodejs npm strace prometheus gcc libc6-dev" missing=""
  # A Java or Node.js that did not come from Debian is as good.
  for package in $packages; do
    case $package in
      default-jre-headless) command -v java >/dev/null && continue ;;
      nodejs) command -v node >/dev/null && continue ;;
      npm) command -v npm >/dev/null && continue ;;
      gcc | libc6-dev) [ "$form" = --release ] && ! command -v gcc >/dev/null || continue ;;
    esac
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing="$missing $package"
  done
  [ -n "$missing" ] || return 0
  if [ "$(id -u)" != 0 ]; then
    echo "These Debian packages are missing and only root can install them: apt-get install -y --no-install-recommends$missing" >&2
    exit 1
  fi
  apt-get update -qq
  # shellcheck disable=SC2086
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
}

# Clients in Go: their tests are skipped where Debian does not have the sources, or only root could install them.
install_go_clients() {
  local package missing=""
  for package in golang-go golang-github-shopify-sarama-dev golang-github-segmentio-kafka-go-dev; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing="$missing $package"
  done
  [ -n "$missing" ] && [ "$(id -u)" = 0 ] || return 0
  apt-get update -qq
  for package in $missing; do
    apt-cache show "$package" >/dev/null 2>&1 || return 0
  done
  # shellcheck disable=SC2086
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
}

install_node_packages() {
  mkdir -p .work/node
  cp tests/ClassicBroker.Interop.Tests/Clients/package.json .work/node/
  (cd .work/node && npm install --silent --no-audit --no-fund >/dev/null)
}

test_projects() {
  case $what in
    all) (cd tests && ls -d ClassicBroker.*.Tests) ;;
    unit) (cd tests && ls -d ClassicBroker.*.Tests | grep -vE '\.(Interop|Cluster|ZooKeeper\.Server|Transport)\.Tests$') ;;
    *) echo "ClassicBroker.$what.Tests" ;;
  esac
}

if needs_machine; then
  install_debian_packages
  [ "$what" != all ] && [ "$what" != Interop ] || { install_go_clients; install_node_packages; }
fi

results="$base/artifacts/test-results"
rm -rf "$results" artifacts/conformance
mkdir -p "$results"
if [ "$what" = all ] || [ "$what" = unit ]; then
  dotnet build ClassicBroker.sln -c Release -v quiet
else
  dotnet build "tests/$(test_projects)" -c Release -v quiet
fi
# After the build, whose output it takes over where it can.
! needs_machine || scripts/build.sh $form
if [ "$what" = all ]; then
  echo "== format"
  scripts/format.sh --check || touch "$results/format.failed"
fi
# A suite is a program. A test that hangs is ended, named and counted as failed.
run_suite() {
  "artifacts/bin/$1/release/$1" --no-ansi --progress off --results-directory "$results" --report-trx --report-trx-filename "$1.trx" \
    --hangdump --hangdump-timeout $hang_timeout --hangdump-type Mini >"$results/$1.log" 2>&1 || touch "$results/$1.failed"
  { echo "== $1"; grep -vE '^(xUnit.net|\s*$|  (In process|Out of process|Artifacts|  *- /.*\.trx))' "$results/$1.log"; } || true
}
export -f run_suite
export results hang_timeout
# Suites that start processes, or wait for sockets, have the machine to themselves; the others share it.
is_alone='\.(Cluster|Conformance|Interop|Transport|ZooKeeper\.Server)\.Tests$'
test_projects | grep -vE "$is_alone" | xargs -r -P "$(nproc)" -I{} bash -c 'run_suite {}'
for project in $(test_projects | grep -E "$is_alone"); do
  run_suite "$project"
done

count() { sed -n "s/.*<Counters .*[ ]$1=\"\([0-9]*\)\".*/\1/p" "$results"/*.trx 2>/dev/null | awk '{ sum += $1 } END { print sum + 0 }'; }
passed=$(count passed)
failed=$(count failed)
# A run that died has counted nothing of what it did not finish: it is one failure at the least.
for run in "$results"/*.failed; do
  [ ! -e "$run" ] || grep -qE '<Counters .* failed="[1-9]' "${run%.failed}.trx" 2>/dev/null || failed=$((failed + 1))
done
cat artifacts/conformance/*.txt 2>/dev/null || true
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" != 0 ]
