#!/usr/bin/env bash
if [ $# -lt 1 ]; then
  echo "USAGE: $0 zookeeper_host:port[/path] [-zk-tls-config-file file] [args...]"
  exit 1
fi

self=$0
[ ! -L "$self" ] || self=$(readlink -f "$self")
[[ $self = */* ]] || self=./$self
. "${self%/*}/kafka-run-class.sh" org.apache.zookeeper.ZooKeeperMainWithTlsSupportForKafka -server "$@"
