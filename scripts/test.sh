#!/usr/bin/env bash
# Installs what the tests need, builds everything and runs all tests. Ends with "N passed, N failed".
#   scripts/test.sh            everything; suites that start processes run against the release form
#   scripts/test.sh unit       unit and simulation tests only: no sockets, no processes, nothing to install
#   scripts/test.sh NAME       one test project, such as Storage or Interop; with --release behind it, against the release form;
#                              with --long, tests that have a size in the size they are meant for, and every test of a cluster on a secured
#                              one too (half an hour and more; Cluster two hours, most of it the ten runs that scripts/faults.sh makes alone)
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
  [ "$what" != Cluster ] || form=--release
  hang_timeout=60m
  export CLASSICBROKER_DEBOOTSTRAP=1 CLASSICBROKER_CONSOLE_TAIL=60 CLASSICBROKER_SECURED=1
  export CLASSICBROKER_COMPACTION=10000000,100000,20 CLASSICBROKER_EXACTLY_ONCE_SEEDS=10
  export CLASSICBROKER_FAULTS=50:1-10 CLASSICBROKER_QUORUM_LOSS_SECONDS=60 CLASSICBROKER_GAP_ALLOWANCE_MS=0
fi
[ "$what" != all ] || form=--release
needs_browser() { [ "$what" = all ] || [ "$what" = AdminConsole ]; }
needs_machine() { [ "$what" = all ] || [ "$what" = Interop ] || [ "$what" = Cluster ] || [ "$what" = ZooKeeper.Server ]; }

install_debian_packages() {
  local packages="zookeeper default-jre-headless krb5-kdc krb5-admin-server krb5-user libsasl2-modules-gssapi-mit kcat python3-kafka python3-confluent-kafka python3-snappy python3-lz4 python3-xxhash python3-zstandard python3-yaml libzstd1 nodejs npm strace prometheus iproute2 nftables e2fsprogs gcc libc6-dev" missing=""
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

# The admin console's pages are looked at in a real browser.
install_browser() {
  local missing=""
  [ -x /usr/lib/chromium/chromium-headless-shell ] || [ -x /usr/lib/chromium/chromium ] || missing="chromium-headless-shell"
  command -v npm >/dev/null || missing="$missing nodejs npm"
  [ -n "$missing" ] || return 0
  if [ "$(id -u)" != 0 ]; then
    echo "The browser test needs Debian packages that only root can install: apt-get install -y --no-install-recommends $missing" >&2
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
  (cd .work/node && npm install --loglevel=error --no-audit --no-fund >/dev/null) || {
    echo "npm cannot install the JavaScript clients of the tests (.work/node/package.json): does this machine reach the registry that" >&2
    echo "'npm config get registry' names? Tests that need none of them: scripts/test.sh unit" >&2
    exit 1
  }
}

test_projects() {
  case $what in
    all) (cd tests && ls -d ClassicBroker.*.Tests) ;;
    unit) (cd tests && ls -d ClassicBroker.*.Tests \
      | grep -vE '\.(AdminConsole|Interop|Cluster|ZooKeeper\.Server|Transport|Client\.Extensions|TestHost|Packages)\.Tests$') ;;
    *) echo "ClassicBroker.$what.Tests" ;;
  esac
}

if needs_machine; then
  install_debian_packages
  [ "$what" != all ] && [ "$what" != Interop ] || install_go_clients
  [ "$what" = ZooKeeper.Server ] || install_node_packages
fi

if needs_browser; then
  install_browser
  [ -e .work/node/node_modules/axe-core ] || install_node_packages
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
# A suite is a program. A test that hangs is ended, named and counted as failed. A second argument names a run of it in other surroundings.
run_suite() {
  local run=$1${2:+.$2}
  "artifacts/bin/$1/release/$1" --no-ansi --progress off --results-directory "$results" --report-trx --report-trx-filename "$run.trx" \
    --hangdump --hangdump-timeout $hang_timeout --hangdump-type Mini >"$results/$run.log" 2>&1 || touch "$results/$run.failed"
  { echo "== $run"; grep -vE '^(xUnit.net|\s*$|  (In process|Out of process|Artifacts|  *- /.*\.trx))' "$results/$run.log"; } || true
}
export -f run_suite
export results hang_timeout
# Suites that start processes, or wait for sockets, have the machine to themselves; the others share it.
is_alone='\.(AdminConsole|Cluster|Conformance|Interop|Packages|Transport|ZooKeeper\.Server)\.Tests$'
test_projects | grep -vE "$is_alone" | xargs -r -P "$(nproc)" -I{} bash -c 'run_suite {}'
for project in $(test_projects | grep -E "$is_alone"); do
  run_suite "$project"
done
# Clients over .NET's own sockets, as other systems have them.
for project in $(test_projects | grep -E '\.(Client\.Extensions|TestHost)\.Tests$'); do
  CLASSICBROKER_MANAGED_SOCKETS=1 run_suite "$project" managed-sockets
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
