#!/usr/bin/env bash
exec "$(dirname "$(readlink -f "$0")")/kafka-run-class.sh" classicbroker.tools.Doctor "$@"
