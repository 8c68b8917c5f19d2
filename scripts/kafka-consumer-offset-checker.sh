#!/usr/bin/env bash
self=$0
[ ! -L "$self" ] || self=$(readlink -f "$self")
[[ $self = */* ]] || self=./$self
. "${self%/*}/kafka-run-class.sh" kafka.tools.ConsumerOffsetChecker "$@"
