using ClassicBroker.Tools.Arguments;

namespace ClassicBroker.Tools.Tests.Arguments;

/// <summary>Command lines as argparse4j reads them; the sentences are those of recorded runs of Kafka's tools.</summary>
public sealed class ArgumentParserTests
{
    [Theory]
    [InlineData("kafka-cluster: error: too few arguments", "kafka-cluster")]
    [InlineData("kafka-transactions.sh: error: too few arguments", "kafka-transactions", "--bootstrap-server", "b:1")]
    [InlineData(
        "kafka-transactions.sh: error: invalid choice: 'frob' (choose from 'list', 'describe', 'describe-producers', 'abort', "
        + "'find-hanging')",
        "kafka-transactions", "--bootstrap-server", "b:1", "frob")]
    [InlineData("kafka-cluster: error: invalid choice: 'nonsense' (choose from 'cluster-id', 'unregister')", "kafka-cluster", "nonsense")]
    [InlineData(
        "kafka-cluster: error: one of the arguments --bootstrap-server/-b --bootstrap-controller/-C is required",
        "kafka-cluster", "cluster-id")]
    [InlineData("kafka-cluster: error: unrecognized arguments: '--version'", "kafka-cluster", "cluster-id", "-b", "b:1", "--version")]
    [InlineData(
        "producer-performance: error: one of the arguments --record-size --payload-file --payload-monotonic is required",
        "kafka-producer-perf-test", "--topic", "t", "--num-records", "5", "--throughput", "-1", "--producer-props", "a=b")]
    [InlineData(
        "producer-performance: error: Either --producer-props or --producer.config must be specified.",
        "kafka-producer-perf-test", "--topic", "t", "--num-records", "5", "--throughput", "-1", "--record-size", "10")]
    [InlineData("kafka-features: error: unrecognized arguments: '--release-version'",
        "kafka-features", "--bootstrap-server", "b:1", "upgrade", "--release-version", "3.9")]
    public void Complaints_stand_below_the_usage(string complaint, params string[] words)
    {
        var run = ToolRun.Of(words);
        Assert.Equal((1, ""), (run.ExitCode, run.Output));
        Assert.StartsWith("usage: ", run.Error);
        Assert.EndsWith(complaint + "\n", run.Error);
    }

    [Theory]
    [InlineData(0, "kafka-producer-perf-test")]
    [InlineData(1, "kafka-producer-perf-test", "--help")]
    [InlineData(0, "kafka-verifiable-producer")]
    [InlineData(1, "kafka-verifiable-producer", "-h")]
    [InlineData(1, "kafka-cluster", "--help")]
    [InlineData(1, "kafka-cluster", "cluster-id", "--help")]
    public void Help_goes_to_standard_output_with_the_exit_code_of_Kafkas_tool(int exitCode, params string[] words)
    {
        var run = ToolRun.Of(words);
        Assert.Equal((exitCode, ""), (run.ExitCode, run.Error));
        Assert.Contains("optional arguments:", run.Output);
    }

    [Fact]
    public void A_value_may_stand_behind_an_equals_sign_or_be_negative()
    {
        var parser = new ArgumentParser("tool");
        var number = parser.Value("--number", "N", "a number", "1");
        var many = parser.Values("--many", "WORD", "words");
        var parsed = parser.Parse(["--number=-5", "--many", "a", "b", "--number", "-7"]);
        Assert.Equal(-7, parsed.Int32(number));
        Assert.Equal(["a", "b"], parsed.Values(many));
        Assert.Equal(1, parser.Parse([]).Int32(number));
    }

    [Fact]
    public void Only_one_of_a_group_is_taken()
    {
        var parser = new ArgumentParser("tool");
        var group = new ExclusiveGroup(IsRequired: false);
        parser.Flag("--left", "left", group);
        parser.Flag("--right", "right", group);
        var refused = Assert.Throws<ToolException>(() => parser.Parse(["--left", "--right"]));
        Assert.EndsWith("tool: error: argument --right: not allowed with argument --left", refused.Message);
    }
}
