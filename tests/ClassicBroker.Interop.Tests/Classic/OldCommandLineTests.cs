using System.Text;
using System.Text.RegularExpressions;
using ClassicBroker.Testing.Processes;

namespace ClassicBroker.Interop.Tests.Classic;

/// <summary>
/// The command lines that documents of Kafka 0.8 to 2.x show, unchanged but for addresses and names, one after the other as a reader of those
/// documents types them. What Kafka itself had dropped by 2.0 is refused as it refuses it.
/// </summary>
[Collection(SingleBrokerCollection.Name)]
public sealed class OldCommandLineTests(SingleBrokerFixture cluster)
{
    /// <summary>A line, its exit code, what it prints among other things as a regular expression, and its standard input.</summary>
    private static readonly (string Line, int ExitCode, string Prints, string Input)[] Lines =
    [
        ("kafka-topics.sh --create --zookeeper ZOOKEEPER --replication-factor 1 --partitions 1 --topic TOPIC", 0, @"^Created topic TOPIC\.$", ""),
        ("kafka-topics.sh --list --zookeeper ZOOKEEPER", 0, "^TOPIC$", ""),
        ("kafka-run-class.sh kafka.admin.TopicCommand --list --zookeeper ZOOKEEPER", 0, "^TOPIC$", ""),
        ("kafka-console-producer.sh --broker-list BROKER --topic TOPIC", 0, "", "This is a message\nThis is another message\n"),
        (
            "kafka-console-consumer.sh --bootstrap-server BROKER --topic TOPIC --from-beginning --group GROUP --max-messages 2",
            0,
            "^This is another message$",
            ""),
        ("kafka-console-consumer.sh --zookeeper ZOOKEEPER --topic TOPIC --from-beginning", 1, "zookeeper is not a recognized option", ""),
        ("kafka-consumer-groups.sh --bootstrap-server BROKER --describe --group GROUP", 0, @"^GROUP +TOPIC +0 +\d", ""),
        ("kafka-consumer-groups.sh --zookeeper ZOOKEEPER --list", 1, "zookeeper is not a recognized option", ""),
        (
            "kafka-configs.sh --zookeeper ZOOKEEPER --entity-type topics --entity-name TOPIC --alter --add-config max.message.bytes=128000",
            0,
            "^Completed Updating config for entity: topic 'TOPIC'.$",
            ""),
        (
            "kafka-configs.sh --zookeeper ZOOKEEPER --entity-type topics --entity-name TOPIC --describe",
            0,
            "^Configs for topic 'TOPIC' are max.message.bytes=128000$",
            ""),
        (
            "kafka-configs.sh --zookeeper ZOOKEEPER --alter --add-config producer_byte_rate=1024,consumer_byte_rate=2048 --entity-type users "
                + "--entity-name user1 --entity-type clients --entity-name clientA",
            0,
            "^Completed Updating config for entity: user-principal 'user1', client-id 'clientA'.$",
            ""),
        (
            "kafka-configs.sh --zookeeper ZOOKEEPER --describe --entity-type users --entity-name user1 --entity-type clients --entity-name clientA",
            0,
            "^Configs for user-principal 'user1', client-id 'clientA' are .*producer_byte_rate=1024",
            ""),
        ("kafka-topics.sh --alter --zookeeper ZOOKEEPER --topic TOPIC --partitions 2", 0, "^Adding partitions succeeded!$", ""),
        (
            "kafka-topics.sh --describe --zookeeper ZOOKEEPER --topic TOPIC",
            0,
            @"^Topic:\s*TOPIC\tPartitionCount:\s*2\tReplicationFactor:\s*1\tConfigs:\s*max.message.bytes=128000",
            ""),
        ("kafka-run-class.sh kafka.tools.GetOffsetShell --broker-list BROKER --topic TOPIC --time -1", 0, "^TOPIC:0:2$", ""),
        (
            "kafka-run-class.sh kafka.tools.DumpLogSegments --deep-iteration --print-data-log --files DATA/TOPIC-0/00000000000000000000.log",
            0,
            "payload: This is another message$",
            ""),
        ("kafka-run-class.sh kafka.tools.ImportZkOffsets --zkconnect ZOOKEEPER --input-file DIR/offsets", 0, "", ""),
        ("kafka-run-class.sh kafka.tools.ExportZkOffsets --zkconnect ZOOKEEPER --output-file DIR/exported", 0, "", ""),
        (
            "kafka-run-class.sh kafka.tools.ConsumerOffsetChecker --zookeeper ZOOKEEPER --group GROUP-old --topic TOPIC",
            0,
            "^GROUP-old +TOPIC +0 +1 +2 +1 +none",
            ""),
        ("kafka-preferred-replica-election.sh --zookeeper ZOOKEEPER", 0, "^Successfully started preferred replica election for partitions", ""),
        (
            "kafka-reassign-partitions.sh --zookeeper ZOOKEEPER --topics-to-move-json-file DIR/topics.json --broker-list 0 --generate",
            0,
            """^Proposed partition reassignment configuration\n\{"version":1,"partitions":\[\{"topic":"TOPIC","partition":0,"replicas":\[0\],""",
            ""),
        (
            "kafka-reassign-partitions.sh --zookeeper ZOOKEEPER --reassignment-json-file DIR/plan.json --execute --throttle 100000000",
            0,
            @"^The inter-broker throttle limit was set to 100000000 B/s\nSuccessfully started reassignment of partitions\.$",
            ""),
        (
            "kafka-reassign-partitions.sh --zookeeper ZOOKEEPER --reassignment-json-file DIR/plan.json --verify",
            0,
            "^Reassignment of partition TOPIC-0 (completed successfully|is still in progress)$",
            ""),
        (
            "kafka-acls.sh --authorizer-properties zookeeper.connect=ZOOKEEPER --add --allow-principal User:Bob --operation Read --topic TOPIC",
            0,
            "^Adding ACLs for resource",
            ""),
        (
            "kafka-producer-perf-test.sh --topic TOPIC --num-records 100 --record-size 100 --throughput -1 --producer-props bootstrap.servers=BROKER",
            0,
            "^100 records sent",
            ""),
        ("kafka-consumer-perf-test.sh --broker-list BROKER --topic TOPIC --messages 50", 0, "^start.time, end.time, data.consumed.in.MB", ""),
        ("kafka-verifiable-producer.sh --broker-list BROKER --topic TOPIC --max-messages 5", 0, "\"name\":\"producer_send_success\"", ""),
        ("zookeeper-shell.sh ZOOKEEPER ls /brokers/ids", 0, @"^\[0\]$", ""),
        ("kafka-topics.sh --delete --zookeeper ZOOKEEPER --topic TOPIC", 0, "^Topic TOPIC is marked for deletion.$", ""),
    ];

    [Fact]
    public async Task Command_lines_of_old_documents_do_what_they_did()
    {
        using var scratch = new ScratchDirectory();
        var (topic, group) = (cluster.NewTopic("documented"), cluster.NewTopic("documented-group"));
        await File.WriteAllTextAsync(
            scratch.File("offsets"), $"/consumers/{group}-old/offsets/{topic}/0:1\n", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(
            scratch.File("topics.json"), $$"""{"topics":[{"topic":"{{topic}}"}],"version":1}""", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(
            scratch.File("plan.json"),
            $$"""{"version":1,"partitions":[{"topic":"{{topic}}","partition":0,"replicas":[0],"log_dirs":["any"]}]}""",
            TestContext.Current.CancellationToken);
        List<string> wrong = [];
        foreach (var (line, exitCode, prints, input) in Lines)
        {
            var words = Named(line).Split(' ');
            var outcome = await ChildProcess.RunAsync(RepositoryLayout.Script(words[0]), words[1..], Encoding.UTF8.GetBytes(input));
            var printed = outcome.Text + outcome.StandardError;
            if (outcome.ExitCode != exitCode || !Regex.IsMatch(printed, Named(prints), RegexOptions.Multiline))
            {
                wrong.Add($"{line}\n-> {outcome.ExitCode}, not {exitCode} and '{prints}':\n{printed}");
            }
        }

        Assert.True(wrong.Count == 0, string.Join("\n---\n", wrong));
        // Groups of other tests are exported too.
        Assert.Contains(
            await File.ReadAllTextAsync(scratch.File("offsets"), TestContext.Current.CancellationToken),
            await File.ReadAllTextAsync(scratch.File("exported"), TestContext.Current.CancellationToken),
            StringComparison.Ordinal);

        string Named(string text) => text
            .Replace("ZOOKEEPER", cluster.ZooKeeperConnect).Replace("BROKER", cluster.BootstrapServers).Replace("TOPIC", topic)
            .Replace("GROUP", group).Replace("DATA", cluster.Broker.DataDirectory).Replace("DIR", scratch.Path);
    }
}
