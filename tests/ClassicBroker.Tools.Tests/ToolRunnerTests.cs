using ClassicBroker.Client.Tests;

namespace ClassicBroker.Tools.Tests;

public sealed class ToolRunnerTests
{
    [Theory]
    [InlineData("kafka.admin.TopicCommand")]
    [InlineData("kafka.admin.ConfigCommand")]
    [InlineData("kafka.admin.ConsumerGroupCommand")]
    [InlineData("kafka.admin.AclCommand")]
    [InlineData("kafka.admin.ReassignPartitionsCommand")]
    [InlineData("kafka.admin.PreferredReplicaLeaderElectionCommand")]
    [InlineData("kafka.admin.LeaderElectionCommand")]
    [InlineData("kafka.admin.DeleteRecordsCommand")]
    [InlineData("kafka.admin.LogDirsCommand")]
    [InlineData("kafka.admin.DelegationTokenCommand")]
    [InlineData("kafka.admin.BrokerApiVersionsCommand")]
    [InlineData("kafka.admin.ZkSecurityMigrator")]
    [InlineData("kafka.admin.ShutdownBroker")]
    [InlineData("kafka.tools.ConsoleConsumer")]
    [InlineData("kafka.tools.ConsoleProducer")]
    [InlineData("kafka.tools.ConsumerPerformance")]
    [InlineData("kafka.tools.ProducerPerformance")]
    [InlineData("kafka.tools.DumpLogSegments")]
    [InlineData("kafka.tools.GetOffsetShell")]
    [InlineData("kafka.tools.JmxTool")]
    [InlineData("kafka.tools.MirrorMaker")]
    [InlineData("kafka.tools.ReplicaVerificationTool")]
    [InlineData("kafka.tools.EndToEndLatency")]
    [InlineData("kafka.tools.StateChangeLogMerger")]
    [InlineData("kafka.tools.StreamsResetter")]
    [InlineData("kafka.tools.ConsumerOffsetChecker")]
    [InlineData("kafka.tools.SimpleConsumerShell")]
    [InlineData("kafka.tools.ReplayLogProducer")]
    [InlineData("kafka.tools.ExportZkOffsets")]
    [InlineData("kafka.tools.ImportZkOffsets")]
    [InlineData("kafka.tools.UpdateOffsetsInZK")]
    [InlineData("kafka.tools.VerifyConsumerRebalance")]
    [InlineData("org.apache.kafka.tools.ProducerPerformance")]
    [InlineData("org.apache.kafka.tools.VerifiableProducer")]
    [InlineData("org.apache.kafka.tools.VerifiableConsumer")]
    [InlineData("org.apache.kafka.tools.TopicCommand")]
    [InlineData("org.apache.kafka.tools.GetOffsetShell")]
    [InlineData("org.apache.kafka.tools.ClusterTool")]
    [InlineData("org.apache.kafka.tools.FeatureCommand")]
    [InlineData("org.apache.zookeeper.ZooKeeperMain")]
    public void Every_class_documents_name_has_a_command(string javaClass) =>
        Assert.NotNull(CommandCatalog.ByScript(CommandCatalog.ScriptOf(javaClass)!));

    [Theory]
    [InlineData("kafka.admin.ShutdownBroker", "kafka-server-stop.sh")]
    [InlineData("kafka.tools.ReplayLogProducer", "kafka-mirror-maker.sh")]
    [InlineData("kafka.tools.SimpleConsumerShell", "kafka-console-consumer.sh")]
    [InlineData("kafka.tools.StateChangeLogMerger", "sort")]
    [InlineData("kafka.tools.UpdateOffsetsInZK", "kafka-consumer-groups.sh")]
    [InlineData("kafka.tools.VerifyConsumerRebalance", "kafka-consumer-groups.sh")]
    public void What_Kafka_has_dropped_says_what_to_use(string javaClass, string instead)
    {
        var run = ToolRun.Of("kafka-run-class", javaClass, "--zookeeper", "zk:2181");
        Assert.Equal((1, ""), (run.ExitCode, run.Output));
        Assert.Contains($"Kafka has dropped {javaClass.Split('.')[^1]}. ", run.Error, StringComparison.Ordinal);
        Assert.Contains(instead, run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Unknown_classes_fail_as_Java_fails()
    {
        var run = ToolRun.Of("kafka-run-class", "no.such.Class");
        Assert.Equal(1, run.ExitCode);
        Assert.Equal(
            "Error: Could not find or load main class no.such.Class\nCaused by: java.lang.ClassNotFoundException: no.such.Class\n", run.Error);
    }

    [Theory]
    [InlineData("kafka-topics")]
    [InlineData("kafka-configs")]
    [InlineData("kafka-get-offsets")]
    [InlineData("kafka-console-consumer")]
    public void The_version_is_the_Kafka_whose_tools_these_are(string script)
    {
        var run = ToolRun.Of(script, "--version");
        Assert.Equal((0, "3.9.2\n", ""), (run.ExitCode, run.Output, run.Error));
    }

    [Theory]
    [InlineData("Create, delete, describe, or change a topic.", "kafka-topics")]
    [InlineData("This tool helps to create, delete, describe, or change a topic.", "kafka-topics", "--help")]
    [InlineData("Command must include exactly one action: --list, --describe, --create, --alter or --delete", "kafka-topics", "--bootstrap-server", "b:1")]
    [InlineData("Missing required argument \"[topic]\"", "kafka-topics", "--bootstrap-server", "b:1", "--create")]
    [InlineData("Option \"[replica-assignment]\" can't be used with option \"[partitions]\"", "kafka-topics", "--bootstrap-server", "b:1", "--create", "--topic", "t", "--replica-assignment", "0", "--partitions", "1")]
    [InlineData("Exactly one of --include/--topic is required. ", "kafka-console-consumer", "--bootstrap-server", "b:1")]
    [InlineData("The partition is required when offset is specified.", "kafka-console-consumer", "--bootstrap-server", "b:1", "--topic", "t", "--offset", "3")]
    [InlineData("Missing required argument \"[files]\"", "kafka-dump-log", "--print-data-log")]
    [InlineData("Please provide valid host:port like host1:9091,host2:9092", "kafka-console-producer", "--bootstrap-server", "nonsense", "--topic", "t")]
    public void Wrong_words_are_told_above_the_options_with_exit_code_1(string message, params string[] words)
    {
        var run = ToolRun.Of(words);
        Assert.Equal((1, ""), (run.ExitCode, run.Output));
        Assert.StartsWith(message + "\n", run.Error);
        Assert.Contains("Option ", run.Error);
    }

    [Theory]
    [InlineData("an entity name must be specified with --alter of topics", "kafka-configs", "--bootstrap-server", "b:1", "--alter", "--entity-type", "topics", "--add-config", "a=b")]
    [InlineData("At least one entity type must be specified", "kafka-configs", "--bootstrap-server", "b:1", "--describe")]
    public void Contradictions_are_told_in_a_line_with_exit_code_1(string message, params string[] words)
    {
        var run = ToolRun.Of(words);
        Assert.Equal((1, "", message + "\n"), (run.ExitCode, run.Output, run.Error));
    }

    [Theory]
    [InlineData(
        "bogus is not a recognized option\njoptsimple.UnrecognizedOptionException: bogus is not a recognized option\n",
        "kafka-topics", "--bogus")]
    [InlineData(
        "Option topic requires an argument\njoptsimple.OptionMissingRequiredArgumentException: Option topic requires an argument\n",
        "kafka-topics", "--topic")]
    [InlineData(
        "--bootstrap-server must be specified\njava.lang.IllegalArgumentException: --bootstrap-server must be specified\n",
        "kafka-topics", "--list")]
    [InlineData("client-metrics is not a recognized option\n", "kafka-configs", "--describe", "--client-metrics", "x")]
    [InlineData(
        "Exception in thread \"main\" joptsimple.UnrecognizedOptionException: bogus is not a recognized option\n",
        "kafka-reassign-partitions", "--bogus", "z:1", "--list")]
    [InlineData(
        "Missing required option(s): election-type\norg.apache.kafka.server.common.AdminCommandFailedException: Missing required option(s): election-type\n",
        "kafka-leader-election", "--bootstrap-server", "b:1", "--all-topic-partitions")]
    public void Failures_are_told_in_the_form_of_each_of_Kafkas_tools(string message, params string[] words)
    {
        var run = ToolRun.Of(words);
        Assert.Equal((1, "", message), (run.ExitCode, run.Output, run.Error));
    }

    [Theory]
    [InlineData("kafka-topics", "--bootstrap-server", "b:1", "--list")]
    [InlineData("kafka-console-consumer", "--bootstrap-server", "b:1", "--topic", "t")]
    [InlineData("kafka-producer-perf-test", "--topic", "t", "--num-records", "1", "--record-size", "1", "--throughput", "1", "--producer-props", "bootstrap.servers=b:1")]
    public void What_no_command_foresaw_still_ends_with_exit_code_1(params string[] words)
    {
        var run = ToolRun.Of(words);
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("This run must not need the network", run.Error);
    }

    [Theory]
    [InlineData("isolation.level", "dirty", "Invalid value dirty for configuration isolation.level: String must be one of: read_committed, read_uncommitted")]
    [InlineData("fetch.max.wait.ms", "soon", "Invalid value soon for configuration fetch.max.wait.ms: Not a number of type INT")]
    [InlineData("max.poll.records", "0", "Invalid value 0 for configuration max.poll.records: Value must be at least 1")]
    [InlineData("auto.offset.reset", "middle", "Invalid value middle for configuration auto.offset.reset")]
    public void Wrong_settings_of_the_consumer_end_it_as_Kafka_ends(string key, string value, string message)
    {
        var cluster = new FakeCluster();
        string[] setting = key == "isolation.level" ? ["--isolation-level", value] : ["--consumer-property", $"{key}={value}"];
        var run = ToolRun.Against(cluster, ["kafka-console-consumer", "--bootstrap-server", cluster.Bootstrap, "--topic", "t", .. setting]);
        Assert.Equal((1, ""), (run.ExitCode, run.Output));
        Assert.Contains("Unknown error when running consumer:", run.Error);
        Assert.Contains($"org.apache.kafka.common.config.ConfigException: {message}", run.Error);
    }

    [Theory]
    [InlineData("No resolvable bootstrap urls given in bootstrap.servers", "nowhere.invalid:9092")]
    [InlineData("Invalid url in bootstrap.servers: nonsense", "nonsense")]
    public void Addresses_that_lead_nowhere_are_named_at_once(string reason, string servers)
    {
        var run = ToolRun.Against(new FakeCluster(), "kafka-topics", "--bootstrap-server", servers, "--list");
        Assert.Equal(1, run.ExitCode);
        Assert.Equal(
            "Failed to create new KafkaAdminClient\norg.apache.kafka.common.KafkaException: Failed to create new KafkaAdminClient\n"
            + $"Caused by: org.apache.kafka.common.config.ConfigException: {reason}\n",
            run.Error);
    }

    [Fact]
    public void The_performance_tool_asks_for_what_it_lacks_as_argparse4j_does()
    {
        var run = ToolRun.Of("kafka-producer-perf-test", "--topic", "t");
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("producer-performance: error: argument --throughput is required", run.Error);
    }
}
