#!/usr/bin/env bash
# Signals every broker of this machine that is the caller's: root's are all, another user's are left alone.
# The kernel keeps the first 15 characters of a program's name, and those are what /proc tells.
pids=()
for process in /proc/[0-9]*; do
  if [ "$(id -u)" != 0 ] && [ ! -O "$process" ]; then
    continue
  fi
  if read -r program 2> /dev/null < "$process/comm" && [ "$program" = kafka-server ]; then
    pids+=("${process#/proc/}")
  fi
done

if [ ${#pids[@]} -eq 0 ]; then
  echo "No kafka server to stop"
  exit 1
fi

kill -s "${SIGNAL:-TERM}" "${pids[@]}"
