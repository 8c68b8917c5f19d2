using ClassicBroker.Client.Tests;
using ClassicBroker.Client.Tests.Consumer.Groups;
using ClassicBroker.Client.Tests.Producer.Transactions;
using ClassicBroker.Primitives;

namespace ClassicBroker.Tools.Tests.Performance;

/// <summary>The performance tools against brokers made by hand.</summary>
public sealed class PerformanceCommandsTests
{
    private readonly FakeCluster _cluster = new();
    private readonly FakeLog _log;

    public PerformanceCommandsTests()
    {
        _log = new FakeLog(_cluster);
        _cluster.AddTopic("t", 0);
    }

    private ToolRun Produce(params string[] words) =>
        ToolRun.Against(
            _cluster,
            [
                "kafka-producer-perf-test", "--topic", "t", "--num-records", "10", "--throughput", "-1",
                "--producer-props", $"bootstrap.servers={_cluster.Bootstrap}", .. words,
            ]);

    [Fact]
    public void Records_are_sent_and_counted()
    {
        var run = Produce("--record-size", "100", "--print-metrics");
        Assert.Matches(@"^10 records sent, [\d.]+ records/sec \([\d.]+ MB/sec\), [\d.]+ ms avg latency, [\d.]+ ms max latency, \d+ ms 50th, ", run.Output);
        Assert.Contains("\nMetric Name", run.Output);
        Assert.Matches(@"\nproducer-metrics:record-send-total:\{client-id=perf-producer-client\} +: 10\.000\n", run.Output);
        Assert.Equal(10, _log.EndOffset(new TopicPartition("t", 0)));
    }

    [Fact]
    public void Payloads_come_from_a_file()
    {
        var path = Path.GetTempFileName();
        try
        {
            File.WriteAllText(path, "one\ntwo\n");
            var run = Produce("--payload-file", path);
            Assert.StartsWith($"Reading payloads from: {path}\nNumber of messages read: 2\n", run.Output);
            Assert.All(_log.Values(new TopicPartition("t", 0)), value => Assert.Contains(value, new[] { "one", "two" }));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Theory]
    [InlineData("one of the arguments --record-size --payload-file --payload-monotonic is required")]
    public void What_it_cannot_do_it_says(string message, params string[] words)
    {
        var run = Produce(words);
        Assert.Equal(1, run.ExitCode);
        Assert.EndsWith($"producer-performance: error: {message}\n", run.Error);
    }

    [Fact]
    public void Transactions_end_when_their_time_is_over_and_with_the_last_record()
    {
        var coordinator = new FakeTransactionCoordinator(_cluster);
        var run = ToolRun.Against(
            _cluster,
            "kafka-producer-perf-test", "--topic", "t", "--num-records", "50", "--throughput", "10", "--record-size", "1",
            "--transactional-id", "perf-tx", "--transaction-duration-ms", "2000",
            "--producer-props", $"bootstrap.servers={_cluster.Bootstrap}", "transactional.id=overridden");
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.StartsWith("50 records sent, ", run.Output);
        Assert.Equal(
            ["Find perf-tx 1", "Init perf-tx 60000 -1 -1", "Add t-0 0", "End commit 0", "Add t-0 0", "End commit 0", "Add t-0 0", "End commit 0"],
            coordinator.Calls);
    }

    [Fact]
    public void An_id_without_a_duration_begins_no_transaction()
    {
        var coordinator = new FakeTransactionCoordinator(_cluster);
        Assert.StartsWith("10 records sent, ", Produce("--record-size", "1", "--transactional-id", "x").Output);
        Assert.Equal(["Init  2147483647 -1 -1"], coordinator.Calls);
        var run = Produce("--record-size", "1", "--producer-props", $"bootstrap.servers={_cluster.Bootstrap}", "transactional.id=x");
        Assert.Equal(1, run.ExitCode);
        Assert.Equal(
            "Exception in thread \"main\" java.lang.IllegalStateException: Cannot add partition t-0 to transaction before completing a call to initTransactions\n",
            run.Error);
    }

    [Fact]
    public void Records_are_read_and_counted()
    {
        _log.Append(new TopicPartition("t", 0), "aaaa", "bbbb");
        var group = new FakeGroupCoordinator(_cluster);
        var run = ToolRun.Against(
            _cluster,
            "kafka-consumer-perf-test", "--bootstrap-server", _cluster.Bootstrap, "--topic", "t", "--messages", "2", "--print-metrics");
        var lines = run.Output.Split('\n');
        Assert.StartsWith("start.time, end.time, data.consumed.in.MB", lines[0]);
        Assert.Matches(@"^[^,]+, [^,]+, 0\.0000, [\d.]+, 2, ", lines[1]);
        Assert.Contains("consumer-fetch-manager-metrics:records-consumed-total:{client-id=perf-consumer-client}", run.Output);
        Assert.Matches(@"^Join perf-consumer-\d{1,5}$", group.Calls[0]);
    }

    [Fact]
    public void A_group_that_is_named_goes_on_where_it_left_off()
    {
        _log.Append(new TopicPartition("t", 0), "aaaa", "bbbb", "cccc");
        var group = new FakeGroupCoordinator(_cluster);
        string[] words =
            ["kafka-consumer-perf-test", "--bootstrap-server", _cluster.Bootstrap, "--topic", "t", "--group", "g", "--timeout", "500", "--hide-header"];

        var first = ToolRun.Against(_cluster, [.. words, "--messages", "3"]);
        var second = ToolRun.Against(_cluster, [.. words, "--messages", "3"]);

        Assert.Matches(@"^[^,]+, [^,]+, 0\.0000, [\d.]+, 3, ", first.Output);
        Assert.Equal(3, group.Committed("t", 0));
        Assert.Equal(["Join g", "Leave g", "Join g", "Leave g"], group.Calls);
        Assert.StartsWith("WARNING: Exiting before consuming the expected number of messages: timeout (500 ms) exceeded. ", second.Output);
    }
}
