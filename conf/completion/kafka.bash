# Completion of options, topics, groups and configs for bash: source this file, or lay it into /usr/share/bash-completion/completions.
_kafka_tools() {
  local script tools candidate
  script=$(type -P -- "$1") && script=$(readlink -f -- "$script") || return
  tools=${script%/*}/../dist/bin/kafka-tools
  [ -x "$tools" ] || return
  COMPREPLY=()
  while IFS= read -r candidate; do
    COMPREPLY+=("$(printf %q "$candidate")")
  done < <("$tools" complete bash "${COMP_WORDS[@]:0:COMP_CWORD+1}" 2> /dev/null)
  # A config wants its value right behind it.
  [[ ${#COMPREPLY[@]} != 1 || ${COMPREPLY[0]} != *= ]] || compopt -o nospace 2> /dev/null
}
complete -o default -F _kafka_tools \
  kafka-{acls,broker-api-versions,client-metrics,cluster,configs,console-consumer,console-producer,consumer-groups}.sh \
  kafka-{consumer-perf-test,delegation-tokens,delete-records,doctor,dump-log,features,get-offsets,leader-election,log-dirs}.sh \
  kafka-{mirror-maker,producer-perf-test,reassign-partitions,replica-verification,streams-application-reset,topics,transactions}.sh \
  kafka-{verifiable-consumer,verifiable-producer}.sh zookeeper-security-migration.sh
