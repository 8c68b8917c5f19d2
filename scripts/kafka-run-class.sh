#!/usr/bin/env bash
# Starts the program behind a Java class name: the broker, the ZooKeeper server, or a command of kafka-tools.
# Every other script that runs a program goes through here. LOG_DIR says where its log files go (logs/ of this checkout);
# KAFKA_OPTS, KAFKA_LOG4J_OPTS, KAFKA_HEAP_OPTS, KAFKA_JVM_PERFORMANCE_OPTS, KAFKA_GC_LOG_OPTS, KAFKA_JMX_OPTS, JMX_PORT, EXTRA_ARGS,
# JAVA_HOME and CLASSPATH mean nothing without a JVM and are accepted.
if [ $# -lt 1 ]; then
  echo "USAGE: $0 [-daemon] [-name servicename] [-loggc] classname [opts]"
  exit 1
fi

base=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.." && pwd) || exit 1
name=kafka daemon=false
while [ $# -gt 0 ]; do
  case $1 in
    -name) name=$2; shift 2 ;;
    -loggc) shift ;;
    -daemon) daemon=true; shift ;;
    *) break ;;
  esac
done

class=$1
shift
case $class in
  kafka.Kafka) command=("$base/dist/bin/kafka-server" "$@") ;;
  org.apache.zookeeper.server.quorum.QuorumPeerMain | org.apache.zookeeper.server.ZooKeeperServerMain)
    command=("$base/dist/bin/zookeeper-server" "$@") ;;
  *) command=("$base/dist/bin/kafka-tools" kafka-run-class "$class" "$@") ;;
esac

if [ ! -x "${command[0]}" ]; then
  echo "${command[0]} is not built yet; running $base/scripts/build.sh" >&2
  "$base/scripts/build.sh" >&2 || exit 1
fi

export LOG_DIR="${LOG_DIR:-$base/logs}"
if ! $daemon; then
  exec "${command[@]}"
fi

mkdir -p "$LOG_DIR" || exit 1
output="$LOG_DIR/$name.out"
nohup "${command[@]}" > "$output" 2>&1 < /dev/null &
process=$!
# A wrong file or a taken port shows within a second: who starts a daemon is not told that all is well where it is not.
for _ in {1..20}; do
  sleep 0.05
  if ! kill -0 "$process" 2> /dev/null; then
    tail -n 20 "$output" >&2
    echo "$name ended at once; all it said is in $output" >&2
    exit 1
  fi
  grep -qE '\[KafkaServer id=[0-9]+\] started|binding to port' "$output" && break
done
exit 0
