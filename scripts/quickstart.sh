#!/usr/bin/env bash
# From a fresh checkout to a message produced and consumed: builds where nothing is built yet, starts our ZooKeeper and one broker,
# makes a topic, writes to it, reads it back, and leaves both running until Ctrl-C. "--once" stops by itself with exit code 0.
# ZOOKEEPER_PORT (2181) and KAFKA_PORT (9092) choose other ports.
set -euo pipefail
base=$(cd "$(dirname "$(readlink -f "$0")")/.." && pwd)
zookeeper_port=${ZOOKEEPER_PORT:-2181}
kafka_port=${KAFKA_PORT:-9092}
once=${1:-}
[ "$once" = "" ] || [ "$once" = --once ] || { echo "USAGE: $0 [--once]" >&2; exit 1; }

[ -x "$base/dist/bin/kafka-server" ] || { echo "Building (only the first time) ..."; "$base/scripts/build.sh"; }

answers() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }
for port in "$zookeeper_port" "$kafka_port"; do
  if answers "$port"; then
    echo "Port $port is in use. Stop what listens there, or choose others: ZOOKEEPER_PORT=12181 KAFKA_PORT=19092 $0" >&2
    exit 1
  fi
done

data=$(mktemp -d "${TMPDIR:-/tmp}/classicbroker-quickstart.XXXXXX")
zookeeper="" broker=""
stop() {
  trap - EXIT INT TERM
  for process in $broker $zookeeper; do kill -TERM "$process" 2>/dev/null && wait "$process" 2>/dev/null || true; done
  rm -rf "$data"
}
trap stop EXIT
trap 'exit 0' INT TERM

# Waits until a port answers; a process that ended instead shows what it printed.
await() {
  until answers "$1"; do
    kill -0 "$2" 2>/dev/null || { cat "$3" >&2; exit 1; }
    sleep 0.02
  done
}

printf 'dataDir=%s\nclientPort=%s\nclientPortAddress=127.0.0.1\n' "$data/zookeeper" "$zookeeper_port" > "$data/zookeeper.properties"
LOG_DIR="$data/logs" "$base/scripts/zookeeper-server-start.sh" "$data/zookeeper.properties" > "$data/zookeeper.out" 2>&1 & zookeeper=$!
await "$zookeeper_port" "$zookeeper" "$data/zookeeper.out"
echo "ZooKeeper listens on 127.0.0.1:$zookeeper_port"

LOG_DIR="$data/logs" "$base/scripts/kafka-server-start.sh" "$base/conf/server.properties" --override "log.dirs=$data/kafka" \
  --override "zookeeper.connect=127.0.0.1:$zookeeper_port" --override "listeners=PLAINTEXT://127.0.0.1:$kafka_port" > "$data/broker.out" 2>&1 & broker=$!
until grep -q '\[KafkaServer id=[0-9]*\] started' "$data/broker.out"; do
  kill -0 "$broker" 2>/dev/null || { cat "$data/broker.out" >&2; exit 1; }
  sleep 0.02
done
echo "The broker listens on 127.0.0.1:$kafka_port"

"$base/scripts/kafka-topics.sh" --bootstrap-server "127.0.0.1:$kafka_port" --create --topic quickstart --partitions 1 --replication-factor 1
printf 'Hello\nfrom\nClassicBroker\n' | "$base/scripts/kafka-console-producer.sh" --bootstrap-server "127.0.0.1:$kafka_port" --topic quickstart
echo "Three messages written. Read back:"
"$base/scripts/kafka-console-consumer.sh" --bootstrap-server "127.0.0.1:$kafka_port" --topic quickstart --from-beginning --max-messages 3

cat <<EOF

Go on with any Kafka client at 127.0.0.1:$kafka_port, or with the usual scripts in another terminal:
  scripts/kafka-topics.sh --bootstrap-server 127.0.0.1:$kafka_port --describe
  scripts/kafka-console-producer.sh --bootstrap-server 127.0.0.1:$kafka_port --topic quickstart
  scripts/kafka-console-consumer.sh --bootstrap-server 127.0.0.1:$kafka_port --topic quickstart --from-beginning
  scripts/zookeeper-shell.sh 127.0.0.1:$zookeeper_port ls /brokers/ids
EOF
[ "$once" = --once ] && exit 0
echo "Both run until Ctrl-C; their data in $data goes with them."
wait "$broker"
