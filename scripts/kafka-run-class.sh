#!/usr/bin/env bash
# Starts the program behind a Java class name: the broker, the ZooKeeper server, or a command of kafka-tools. Every other script that
# runs a program goes through here, in its own shell: one process more costs as much as a tool's start. LOG_DIR says where log files go
# (logs/ of this checkout). KAFKA_OPTS, KAFKA_LOG4J_OPTS, KAFKA_HEAP_OPTS, KAFKA_JVM_PERFORMANCE_OPTS, KAFKA_GC_LOG_OPTS, KAFKA_JMX_OPTS,
# JMX_PORT, EXTRA_ARGS, JAVA_HOME and CLASSPATH mean nothing without a JVM; the broker's log names those that are set.
[ $# -gt 0 ] || { echo "USAGE: $0 [-daemon] [-name servicename] [-loggc] classname [opts]"; exit 1; }

self=${BASH_SOURCE[0]}
[ ! -L "$self" ] || self=$(readlink -f "$self")
[[ $self = */* ]] || self=./$self
base=$(cd "${self%/*}/.." && pwd) || exit 1
name=kafka daemon=false
while [ $# -gt 0 ]; do
  case $1 in
    -name) name=$2; shift 2 ;;
    -loggc) shift ;;
    -daemon) daemon=true; shift ;;
    *) break ;;
  esac
done

case $1 in
  kafka.Kafka) command=("$base/dist/bin/kafka-server" "${@:2}") ;;
  org.apache.zookeeper.server.quorum.QuorumPeerMain | org.apache.zookeeper.server.ZooKeeperServerMain)
    command=("$base/dist/bin/zookeeper-server" "${@:2}") ;;
  classicbroker.AdminConsole) command=("$base/dist/bin/kafka-admin-console" "${@:2}") ;;
  *) command=("$base/dist/bin/kafka-tools" kafka-run-class "$@") ;;
esac
if [ ! -x "${command[0]}" ]; then
  echo "${command[0]} is not built yet; running $base/scripts/build.sh" >&2
  "$base/scripts/build.sh" >&2 || exit 1
fi

export LOG_DIR="${LOG_DIR:-$base/logs}"
$daemon || exec "${command[@]}"
mkdir -p "$LOG_DIR" || exit 1
nohup "${command[@]}" > "$LOG_DIR/$name.out" 2>&1 < /dev/null & process=$!
# A wrong file or a taken port shows within two seconds: who starts a daemon is not told that all is well where it is not.
for _ in {1..40}; do
  sleep 0.05
  grep -qE '\[KafkaServer id=[0-9]+\] started|binding to port' "$LOG_DIR/$name.out" && exit 0
  kill -0 "$process" 2> /dev/null && continue
  { tail -n 20 "$LOG_DIR/$name.out"; echo "$name ended at once; all it said is in $LOG_DIR/$name.out"; } >&2
  exit 1
done
