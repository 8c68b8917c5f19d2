namespace ClassicBroker.Tools.Tests;

public sealed class ToolRunnerTests
{
    [Theory]
    [InlineData("kafka.admin.TopicCommand")]
    [InlineData("org.apache.kafka.tools.TopicCommand")]
    [InlineData("kafka.admin.ConfigCommand")]
    [InlineData("kafka.tools.ConsoleProducer")]
    [InlineData("kafka.tools.ConsoleConsumer")]
    [InlineData("kafka.tools.GetOffsetShell")]
    [InlineData("kafka.tools.DumpLogSegments")]
    [InlineData("kafka.admin.DeleteRecordsCommand")]
    [InlineData("kafka.admin.LogDirsCommand")]
    [InlineData("kafka.admin.BrokerApiVersionsCommand")]
    [InlineData("org.apache.kafka.tools.ProducerPerformance")]
    [InlineData("kafka.tools.ConsumerPerformance")]
    [InlineData("org.apache.zookeeper.ZooKeeperMain")]
    public void Every_class_documents_name_has_a_command(string javaClass) =>
        Assert.NotNull(CommandCatalog.ByScript(CommandCatalog.ScriptOf(javaClass)!));

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
        Assert.Equal((0, "3.9.0\n", ""), (run.ExitCode, run.Output, run.Error));
    }

    [Theory]
    [InlineData("Create, delete, describe, or change a topic.", "kafka-topics")]
    [InlineData("This tool helps to create, delete, describe, or change a topic.", "kafka-topics", "--help")]
    [InlineData("bogus is not a recognized option", "kafka-topics", "--bogus")]
    [InlineData("Option topic requires an argument", "kafka-topics", "--topic")]
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
    [InlineData("--bootstrap-server must be specified", "kafka-topics", "--list")]
    [InlineData("Only one of --bootstrap-server or --zookeeper must be specified", "kafka-topics", "--list", "--bootstrap-server", "b:1", "--zookeeper", "z:1")]
    [InlineData("an entity name must be specified with --alter of topics", "kafka-configs", "--bootstrap-server", "b:1", "--alter", "--entity-type", "topics", "--add-config", "a=b")]
    [InlineData("At least one entity type must be specified", "kafka-configs", "--bootstrap-server", "b:1", "--describe")]
    public void Contradictions_are_told_in_a_line_with_exit_code_1(string message, params string[] words)
    {
        var run = ToolRun.Of(words);
        Assert.Equal((1, "", message + "\n"), (run.ExitCode, run.Output, run.Error));
    }

    [Fact]
    public void The_performance_tool_asks_for_what_it_lacks_as_argparse4j_does()
    {
        var run = ToolRun.Of("kafka-producer-perf-test", "--topic", "t");
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("producer-performance: error: argument --num-records is required", run.Error);
    }
}
