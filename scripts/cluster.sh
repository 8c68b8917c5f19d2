#!/usr/bin/env bash
# A local cluster for trying things: N brokers and our ZooKeeper, on the loopback interface.
#   scripts/cluster.sh up N       starts ZooKeeper and N brokers, or as many more as are missing; waits until they serve
#   scripts/cluster.sh status     what runs, where, and who is the controller
#   scripts/cluster.sh kill ID    kill -9 of broker ID; "up N" starts it again on its data
#   scripts/cluster.sh down       stops all in order and deletes the data; kills what has not stopped after STOP_SECONDS (60)
# Data, logs and process ids lie in CLUSTER_DIR (.work/cluster). ZOOKEEPER_PORT (2181) and KAFKA_PORT (9092 for broker 0, 9093 for broker 1,
# and so on) choose other ports.
set -euo pipefail
base=$(cd "$(dirname "$0")/.." && pwd)
directory=$(realpath -m "${CLUSTER_DIR:-$base/.work/cluster}")
zookeeper_port=${ZOOKEEPER_PORT:-2181}
kafka_port=${KAFKA_PORT:-9092}
stop_seconds=${STOP_SECONDS:-60}

usage() { sed -n '2,8s/^# \{0,1\}//p' "$0" >&2; exit 1; }

# Is this process one of the cluster's? Its number may be another process's by now; and one that has ended but is not reaped has no command.
is_ours() { grep -qsF "$directory/" "/proc/$1/cmdline"; }

# The process id in a file, where that process still runs.
running() {
  local id
  [ -f "$1" ] && id=$(cat "$1") && is_ours "$id" && echo "$id"
}

# Waits for the end of a process, for so many seconds: await_end ID SECONDS.
await_end() {
  local limit=$((SECONDS + $2))
  while is_ours "$1"; do
    [ "$SECONDS" -lt "$limit" ] || return 1
    sleep 0.02
  done
}

answers() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# Starts a command in the background: start NAME PORT LINE COMMAND... waits for LINE in its output.
start() {
  local name=$1 port=$2 line=$3
  shift 3
  if answers "$port"; then
    echo "Port $port is in use. Stop what listens there, or choose others: ZOOKEEPER_PORT=12181 KAFKA_PORT=19092 $0 up N" >&2
    exit 1
  fi
  LOG_DIR="$directory/$name/logs" setsid "$@" > "$directory/$name/out" 2>&1 < /dev/null &
  echo $! > "$directory/$name/pid"
  until grep -q "$line" "$directory/$name/out"; do
    kill -0 $! 2>/dev/null || { cat "$directory/$name/out" >&2; exit 1; }
    sleep 0.02
  done
  echo "$name listens on 127.0.0.1:$port"
}

start_zookeeper() {
  mkdir -p "$directory/zookeeper"
  printf 'dataDir=%s\nclientPort=%s\nclientPortAddress=127.0.0.1\nmaxClientCnxns=0\n' "$directory/zookeeper/data" "$zookeeper_port" \
    > "$directory/zookeeper/zookeeper.properties"
  start zookeeper "$zookeeper_port" "binding to port" "$base/scripts/zookeeper-server-start.sh" "$directory/zookeeper/zookeeper.properties"
}

start_broker() {
  local id=$1 port=$((kafka_port + $1))
  mkdir -p "$directory/broker-$id"
  start "broker-$id" "$port" '\[KafkaServer id=[0-9]*\] started' "$base/scripts/kafka-server-start.sh" "$base/conf/server.properties" \
    --override "broker.id=$id" --override "listeners=PLAINTEXT://127.0.0.1:$port" --override "log.dirs=$directory/broker-$id/data" \
    --override "zookeeper.connect=127.0.0.1:$zookeeper_port" --override "default.replication.factor=$2" \
    --override "min.insync.replicas=$((($2 + 1) / 2))" --override "offsets.topic.replication.factor=$2" \
    --override "transaction.state.log.replication.factor=$2" --override "zookeeper.session.timeout.ms=6000" \
    --override "controlled.shutdown.retry.backoff.ms=50"
}

up() {
  local count=$1 replicas=$(($1 < 3 ? $1 : 3))
  [ -x "$base/dist/bin/kafka-server" ] || { echo "Building (only the first time) ..."; "$base/scripts/build.sh"; }
  running "$directory/zookeeper/pid" > /dev/null || start_zookeeper
  for ((id = 0; id < count; id++)); do
    running "$directory/broker-$id/pid" > /dev/null || start_broker "$id" "$replicas"
  done
  echo "Bootstrap servers: $(seq -s, -f "127.0.0.1:%g" "$kafka_port" $((kafka_port + count - 1)))"
}

down() {
  local file id name
  for file in "$directory"/broker-*/pid "$directory"/zookeeper/pid; do
    id=$(running "$file") || continue
    name=$(basename "$(dirname "$file")")
    kill -TERM "$id"
    if await_end "$id" "$stop_seconds"; then
      echo "$name has stopped"
    else
      kill_process "$id"
      echo "$name did not stop within $stop_seconds s and is killed"
    fi
  done
  rm -rf "$directory"
}

kill_process() {
  kill -KILL "$1"
  await_end "$1" 60 || { echo "Process $1 does not end." >&2; exit 1; }
}

kill_broker() {
  local id
  id=$(running "$directory/broker-$1/pid") || { echo "broker-$1 does not run." >&2; exit 1; }
  kill_process "$id"
  echo "broker-$1 is killed"
}

status() {
  local file name id shown=0
  for file in "$directory"/zookeeper/pid "$directory"/broker-*/pid; do
    [ -f "$file" ] || continue
    shown=1
    name=$(basename "$(dirname "$file")")
    if id=$(running "$file"); then echo "$name runs as process $id"; else echo "$name is down"; fi
  done
  [ "$shown" = 1 ] || { echo "No cluster in $directory."; return; }
  running "$directory/zookeeper/pid" > /dev/null || return 0
  "$base/scripts/zookeeper-shell.sh" "127.0.0.1:$zookeeper_port" get /controller 2>/dev/null \
    | sed -n 's/.*"brokerid":\([0-9]*\).*/The controller is broker-\1/p'
}

is_number() { [[ $1 =~ ^[0-9]+$ ]]; }

case ${1:-} in
  up) [ $# = 2 ] && is_number "$2" && [ "$2" -ge 1 ] || usage; up "$2" ;;
  down) [ $# = 1 ] || usage; down ;;
  kill) [ $# = 2 ] && is_number "$2" || usage; kill_broker "$2" ;;
  status) [ $# = 1 ] || usage; status ;;
  *) usage ;;
esac
