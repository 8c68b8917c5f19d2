# Completion of options, topics, groups and configs for fish: source this file, or lay it into a directory of $fish_complete_path.
function __kafka_tools_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l script (command -s $words[1]; or echo $words[1])
    set -l tools (dirname (readlink -f $script))/../dist/bin/kafka-tools
    set -l candidates ($tools complete fish $words "$current" 2> /dev/null)
    if test (count $candidates) -gt 0
        printf '%s\n' $candidates
    else
        __fish_complete_path "$current"
    end
end
for tool in acls broker-api-versions client-metrics cluster configs console-consumer console-producer consumer-groups consumer-perf-test \
        delegation-tokens delete-records doctor dump-log features get-offsets leader-election log-dirs mirror-maker producer-perf-test \
        reassign-partitions replica-verification streams-application-reset topics transactions verifiable-consumer verifiable-producer
    complete -c kafka-$tool.sh -f -a '(__kafka_tools_complete)'
end
complete -c zookeeper-security-migration.sh -f -a '(__kafka_tools_complete)'
