#!/usr/bin/env bash
if [ $# -lt 1 ]; then
  echo "USAGE: $0 [-daemon] server.properties [--override property=value]*"
  exit 1
fi

flags=(-name kafkaServer -loggc)
if [ "$1" = -daemon ]; then
  flags+=(-daemon)
  shift
fi

self=$0
[ ! -L "$self" ] || self=$(readlink -f "$self")
[[ $self = */* ]] || self=./$self
. "${self%/*}/kafka-run-class.sh" "${flags[@]}" kafka.Kafka "$@"
