using System.Diagnostics;
using ClassicBroker.Client;
using ClassicBroker.Primitives;
using ClassicBroker.Testing.Processes;

namespace ClassicBroker.Interop.Tests.Transactions;

/// <summary>
/// No transaction keeps readers waiting for longer than it may: after any single failure in a cluster of three the last stable offset
/// reaches the high watermark, and a producer whose id another one has taken is fenced, also when the coordinator is killed in between.
/// </summary>
public sealed class StableOffsetTests : IAsyncLifetime
{
    private const string Topic = "t";
    private const int Partitions = 2;

    private static readonly TimeSpan TransactionTimeout = TimeSpan.FromSeconds(5);

    /// <summary>The timeout, the sweep that looks for transactions past it, and ten seconds.</summary>
    private static readonly TimeSpan Limit = TransactionTimeout + TimeSpan.FromSeconds(1 + 10);

    /// <summary>Longer than the brokers' sessions.</summary>
    private static readonly TimeSpan LongPause = TimeSpan.FromSeconds(6);

    private readonly ScratchDirectory _scratch = new();
    private readonly ClientNetwork _network = ClientNetwork.Open();
    private TransactionCluster? _cluster;

    private TransactionCluster Cluster => _cluster!;

    public async ValueTask InitializeAsync()
    {
        _cluster = await TransactionCluster.StartAsync(_scratch);
        await _cluster.CreateTopicsAsync(_network, Partitions, Topic);
    }

    public async ValueTask DisposeAsync()
    {
        await _network.DisposeAsync();
        if (_cluster is not null)
        {
            await _cluster.DisposeAsync();
        }

        _scratch.Dispose();
    }

    [Fact]
    public async Task After_any_single_failure_readers_wait_no_longer_than_the_timeout_and_ten_seconds()
    {
        foreach (var failure in (string[])["producer", "leader", "coordinator", "controller", "restart", "pause"])
        {
            await using var producer = new TalkingProducer(Cluster.BootstrapServers, Topic, failure, TransactionTimeout);
            await producer.DoAsync("open a", "begin a", "send a 0 4");
            Assert.NotEmpty(await OpenAsync());
            var victim = await VictimAsync(failure);
            var since = Stopwatch.StartNew();
            await (victim is null ? producer.KillAsync() : FailAsync(failure, victim));

            await AwaitStableAsync(failure, since);

            // What was left open counts for nothing, and its producer, if it lives, learns that it was fenced.
            if (failure != "producer")
            {
                Assert.StartsWith("error _FENCED fatal=True", await producer.AskAsync("commit a"), StringComparison.Ordinal);
                Assert.Equal("ok", await producer.AskAsync("read committed"));
            }

            if (victim is not null)
            {
                await MendAsync(failure, victim, since);
                await Cluster.AwaitInSyncAsync(_network, Topic, "__transaction_state");
            }
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_second_producer_with_the_same_id_ends_the_transaction_of_the_first(bool isCoordinatorKilled)
    {
        await using var first = new TalkingProducer(Cluster.BootstrapServers, Topic, "one-id", TimeSpan.FromMinutes(5));
        await using var second = new TalkingProducer(Cluster.BootstrapServers, Topic, "one-id", TimeSpan.FromMinutes(5));
        await first.DoAsync("open a", "begin a", "send a 0 4");
        if (isCoordinatorKilled)
        {
            await (await VictimAsync("coordinator", "one-id"))!.KillAsync();
        }

        await second.DoAsync("open b");
        await AwaitStableAsync("fenced", Stopwatch.StartNew());
        Assert.StartsWith("error _FENCED fatal=True", await first.AskAsync("commit a"), StringComparison.Ordinal);
        await second.DoAsync("begin b", "send b 10 4", "commit b");
        Assert.Equal("ok 10 11 12 13", await second.AskAsync("read committed"));
    }

    private static async Task FailAsync(string failure, KafkaServerProcess victim)
    {
        switch (failure)
        {
            case "restart":
                Assert.Equal(0, await victim.StopAsync());
                await victim.StartAsync();
                break;
            case "pause":
                victim.Process.Signal(ChildProcess.Sigstop);
                break;
            default:
                await victim.KillAsync();
                break;
        }
    }

    private static async Task MendAsync(string failure, KafkaServerProcess victim, Stopwatch since)
    {
        switch (failure)
        {
            case "restart":
                break;
            case "pause":
                // For longer than its session lasts: it goes on as one that leads nothing any more.
                await Task.Delay(TimeSpan.FromMilliseconds(Math.Max(0, (LongPause - since.Elapsed).TotalMilliseconds)));
                victim.Process.Signal(ChildProcess.Sigcont);
                break;
            default:
                await victim.StartAsync();
                break;
        }
    }

    /// <summary>The broker that fails; null where it is the producer.</summary>
    private async Task<KafkaServerProcess?> VictimAsync(string failure, string? transactionalId = null)
    {
        await using var admin = NewAdmin();
        return failure switch
        {
            "leader" or "restart" or "pause" => Cluster.Brokers[(await admin.DescribeTopicsAsync([Topic]))[0].Partitions[0].Leader],
            "controller" => await Cluster.ControllerAsync(_network),
            "coordinator" => Cluster.Brokers[(await admin.DescribeTransactionAsync(transactionalId ?? failure)).Coordinator],
            _ => null,
        };
    }

    private async Task AwaitStableAsync(string because, Stopwatch since)
    {
        while (await OpenAsync() is { Length: > 0 } open)
        {
            Assert.True(since.Elapsed < Limit, $"{because}: {open}");
            await Task.Delay(200);
        }

        Assert.True(since.Elapsed < Limit, $"{because}: {since.Elapsed}");
    }

    /// <summary>Partitions whose last stable offset is not at their end.</summary>
    private async Task<string> OpenAsync()
    {
        TopicPartition[] partitions = [.. Enumerable.Range(0, Partitions).Select(partition => new TopicPartition(Topic, partition))];
        await using var committed = NewReader(IsolationLevel.ReadCommitted);
        await using var uncommitted = NewReader(IsolationLevel.ReadUncommitted);
        var stable = await committed.EndOffsetsAsync(partitions);
        var ends = await uncommitted.EndOffsetsAsync(partitions);
        return string.Join(
            ", ", ends.Where(end => stable[end.Key] < end.Value).Select(end => $"{end.Key}: {stable[end.Key]} < {end.Value}"));
    }

    private AdminClient NewAdmin() => new(new AdminConfig { BootstrapServers = Cluster.BootstrapServers }, _network);

    private KafkaConsumer<string?, string?> NewReader(IsolationLevel isolation) =>
        new(
            new ConsumerConfig
            {
                BootstrapServers = Cluster.BootstrapServers,
                IsolationLevel = isolation,

                // A broker that is paused does not answer.
                RequestTimeout = TimeSpan.FromSeconds(1),
            },
            Serdes.String,
            Serdes.String,
            _network);
}
