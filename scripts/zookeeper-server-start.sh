#!/usr/bin/env bash
if [ $# -lt 1 ]; then
  echo "USAGE: $0 [-daemon] zookeeper.properties"
  exit 1
fi

flags=(-name zookeeper -loggc)
if [ "$1" = -daemon ]; then
  flags+=(-daemon)
  shift
fi

self=$0
[ ! -L "$self" ] || self=$(readlink -f "$self")
[[ $self = */* ]] || self=./$self
. "${self%/*}/kafka-run-class.sh" "${flags[@]}" org.apache.zookeeper.server.quorum.QuorumPeerMain "$@"
