using System.Text.RegularExpressions;
using ClassicBroker.Client.Tests;
using ClassicBroker.Client.Tests.Producer.Transactions;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol;

namespace ClassicBroker.Tools.Tests.Verifiable;

/// <summary><c>kafka-verifiable-producer</c> against a broker made by hand.</summary>
public sealed class VerifiableProducerTests : IDisposable
{
    private static readonly TopicPartition Zero = new("t", 0);

    private readonly FakeCluster _cluster = new();
    private readonly FakeLog _log;
    private readonly FakeTransactionCoordinator _coordinator;
    private readonly string _properties = Path.GetTempFileName();

    public VerifiableProducerTests()
    {
        _log = new FakeLog(_cluster);
        _coordinator = new FakeTransactionCoordinator(_cluster);
        _cluster.AddTopic("t", 0);
    }

    public void Dispose() => File.Delete(_properties);

    [Fact]
    public void With_a_transactional_id_it_sends_in_transactions_and_tells_what_was_committed()
    {
        var run = Produce("transactional.id=verified", "--throughput", "10", "--max-messages", "15");
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Equal(15, Names(run).Count(name => name == "producer_send_success"));
        Assert.Equal(
            ["Find verified 1", "Init verified 60000 -1 -1", "Add t-0 0", "End commit 0", "Add t-0 0", "End commit 0"], _coordinator.Calls);
    }

    /// <summary>What the broker had taken before the refusal is told as not sent: readers of committed records do not see it.</summary>
    [Fact]
    public void Records_of_a_transaction_that_is_aborted_are_told_as_errors_and_the_next_one_goes_on()
    {
        _log.Refusal = (_, batch) => batch is { Epoch: 0, BaseSequence: 3 } ? ErrorCode.InvalidRecord : ErrorCode.None;
        var run = Produce("transactional.id=verified", "--throughput", "10", "--max-messages", "20");
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Equal("startup_complete", Names(run)[0]);
        Assert.All(Names(run)[1..5], name => Assert.Equal("producer_send_error", name));
        Assert.Equal(20, Names(run).Count(name => name.StartsWith("producer_send", StringComparison.Ordinal)));
        Assert.Equal("Init verified 60000 1000 0", _coordinator.Calls.Single(call => call.StartsWith("Init verified 60000 1000", StringComparison.Ordinal)));
        Assert.Equal("End commit 1", _coordinator.Calls[^1]);
        var committed = _log.Values(Zero).Except(Values(run, "producer_send_error"));
        Assert.Equal(Values(run, "producer_send_success"), committed);
    }

    [Fact]
    public void Without_one_it_tells_what_was_acknowledged()
    {
        var run = Produce("", "--max-messages", "3");
        Assert.Equal(
            ["startup_complete", "producer_send_success", "producer_send_success", "producer_send_success", "shutdown_complete", "tool_data"],
            Names(run));
        Assert.DoesNotContain(_coordinator.Calls, call => call.StartsWith("End", StringComparison.Ordinal));
    }

    private ToolRun Produce(string properties, params string[] words)
    {
        File.WriteAllText(_properties, properties);
        return ToolRun.Against(
            _cluster,
            [
                "kafka-verifiable-producer", "--bootstrap-server", _cluster.Bootstrap, "--topic", "t", "--producer.config", _properties, .. words,
            ]);
    }

    private static string[] Names(ToolRun run) => [.. Regex.Matches(run.Output, "\"name\":\"(\\w+)\"").Select(match => match.Groups[1].Value)];

    private static IEnumerable<string> Values(ToolRun run, string name) => run.Output.Split('\n')
        .Where(line => line.Contains($"\"name\":\"{name}\"", StringComparison.Ordinal))
        .Select(line => Regex.Match(line, "\"value\":\"(\\d+)\"").Groups[1].Value);
}
