#!/usr/bin/env bash
# Installs the .deb of artifacts/packages on a fresh Debian, as root and with debootstrap: a broker is started, upgraded and removed there,
# and its data and its configuration are still there afterwards. Minutes; needs a Debian mirror.
#   scripts/test-deb.sh [suite]   bookworm unless another is named
set -euo pipefail
base=$(cd "$(dirname "$(readlink -f "$0")")/.." && pwd)
suite=${1:-bookworm}
package=$(ls "$base"/artifacts/packages/classicbroker_*.deb 2> /dev/null) || { echo "There is no .deb: run scripts/package.sh" >&2; exit 1; }
command -v debootstrap > /dev/null || { echo "debootstrap is missing: apt-get install debootstrap" >&2; exit 1; }

work=$(mktemp -d)
root=$work/root
pids=()
cleanup() {
  # Waited for here, so that the shell does not tell of their end.
  [ ${#pids[@]} -eq 0 ] || { kill -9 "${pids[@]}" || true; wait "${pids[@]}" || true; } 2> /dev/null
  umount "$root/proc" 2> /dev/null || true
  rm -rf "$work"
}
trap cleanup EXIT
say() { echo "== $*"; }
inside() { chroot "$root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive "$@"; }
fail() { echo "FAILED: $*" >&2; exit 1; }

say "a fresh $suite"
debootstrap --variant=minbase --include=systemd,bash-completion "$suite" "$root" http://deb.debian.org/debian > "$work/debootstrap.log" 2>&1 \
  || { tail "$work/debootstrap.log" >&2; fail debootstrap; }
mount -t proc proc "$root/proc"
cp "$package" "$root/old.deb"

say "installation"
inside apt-get install -y -qq --no-install-recommends /old.deb > "$work/apt.log" 2>&1 || { tail "$work/apt.log" >&2; fail installation; }
inside getent passwd kafka > /dev/null || fail "there is no user kafka"
[ "$(stat -c %u:%a "$root/var/lib/kafka")" = "$(inside id -u kafka):750" ] || fail "the rights of /var/lib/kafka"
inside systemd-analyze verify /usr/lib/systemd/system/kafka.service 2> "$work/verify" || { cat "$work/verify" >&2; fail "systemd-analyze verify"; }
inside bash -c '. /usr/share/bash-completion/completions/kafka-topics.sh && complete -p kafka-topics.sh' > /dev/null || fail completion

# As systemd starts the unit: its user, its file, its directory of logs.
port=$((20000 + RANDOM % 10000))
start() {
  inside su -s /bin/sh kafka -c "LOG_DIR=/var/log/kafka exec /opt/classicbroker/dist/bin/kafka-server /etc/kafka/server.properties" > "$work/broker.out" 2>&1 &
  pids+=($!)
  for _ in {1..300}; do
    grep -q '] started (kafka' "$work/broker.out" && return 0
    sleep 0.1
  done
  cat "$work/broker.out" >&2
  fail "the broker does not start"
}
stop() {
  local process
  for process in /proc/[0-9]*; do
    if [ "$(readlink "$process/root" 2> /dev/null)" = "$root" ] && [ "$(cat "$process/comm" 2> /dev/null)" = kafka-server ]; then
      kill "${process#/proc/}"
      while [ -e "$process/exe" ]; do sleep 0.1; done
    fi
  done
}
topics() { inside /opt/classicbroker/bin/kafka-topics.sh --bootstrap-server "127.0.0.1:$port" "$@"; }

say "a broker runs"
printf 'dataDir=/tmp/zookeeper\nclientPort=%s\nclientPortAddress=127.0.0.1\n' $((port + 1)) > "$root/tmp/zookeeper.properties"
inside /opt/classicbroker/dist/bin/zookeeper-server /tmp/zookeeper.properties > "$work/zookeeper.out" 2>&1 &
pids+=($!)
sed -i "s:^#\?listeners=.*:listeners=PLAINTEXT\://127.0.0.1\:$port:; s:^zookeeper.connect=.*:zookeeper.connect=127.0.0.1\:$((port + 1)):" \
  "$root/etc/kafka/server.properties"
start
topics --create --topic kept > /dev/null
stop

say "upgrade"
dpkg-deb -R "$package" "$work/new"
sed -i 's/^Version: .*/&+1/' "$work/new/DEBIAN/control"
dpkg-deb --root-owner-group -b "$work/new" "$root/new.deb" > /dev/null
inside apt-get install -y -qq --no-install-recommends -o Dpkg::Options::=--force-confold /new.deb > "$work/apt.log" 2>&1 || { tail "$work/apt.log" >&2; fail upgrade; }
grep -q "^listeners=PLAINTEXT://127.0.0.1:$port" "$root/etc/kafka/server.properties" || fail "the upgrade changed the configuration"
start
[ "$(topics --list)" = kept ] || fail "the topic is gone after the upgrade"
stop

say "removal"
inside apt-get remove -y -qq classicbroker > "$work/apt.log" 2>&1 || { tail "$work/apt.log" >&2; fail removal; }
[ ! -e "$root/opt/classicbroker/dist" ] || fail "the program is still there"
[ -d "$root/var/lib/kafka/kept-0" ] || fail "the data is gone"
[ -e "$root/etc/kafka/server.properties" ] || fail "the configuration is gone"
inside apt-get install -y -qq --no-install-recommends /new.deb > "$work/apt.log" 2>&1 || { tail "$work/apt.log" >&2; fail "installing again"; }
start
[ "$(topics --list)" = kept ] || fail "the topic is gone after a removal"
stop
say "all is well"
