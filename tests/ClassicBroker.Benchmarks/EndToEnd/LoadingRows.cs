using System.Globalization;
using System.Text.RegularExpressions;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;

namespace ClassicBroker.Benchmarks.EndToEnd;

/// <summary>How long coordinators take to load their partitions after a restart, and what a committed offset holds in memory.</summary>
internal static partial class LoadingRows
{
    private const int Groups = 1_000;
    private const int PartitionsOfGroup = 1_000;
    private const int TransactionalIds = 100_000;
    private const int IdsUnderWay = 100;

    private static readonly Dictionary<string, string> OnePartition = new()
    {
        ["offsets.topic.num.partitions"] = "1",
        ["transaction.state.log.num.partitions"] = "1",
    };

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    public static async Task<string[]> OffsetsAsync()
    {
        await using var cluster = await BenchmarkCluster.StartAsync(OnePartition);
        var topic = await cluster.CreateTopicAsync(PartitionsOfGroup);
        using (var connection = await TypedConnection.OpenAsync(cluster.Broker.Port))
        {
            await GroupRows.EnsureCoordinatorAsync(connection);
            await CommitAllAsync(connection, topic, Groups);
        }

        var loaded = await RestartAsync(cluster, "Finished loading 1000 groups");
        var full = await ResidentAsync(cluster);
        await cluster.Broker.StopAsync();

        // The same broker without the offsets.
        Directory.Delete(Path.Combine(cluster.Broker.DataDirectory, "__consumer_offsets-0"), recursive: true);
        await cluster.Broker.StartAsync();
        var bytes = (full - await ResidentAsync(cluster)) * (1 << 20) / (Groups * PartitionsOfGroup);
        return
        [
            $"{Groups * PartitionsOfGroup:N0} offsets in {BenchmarkTable.Number(loaded, "ms")}, at most {BenchmarkTable.Number(bytes)} bytes each",
            "", "", "",
        ];
    }

    public static async Task<string[]> TransactionalIdsAsync()
    {
        await using var cluster = await BenchmarkCluster.StartAsync(OnePartition);
        await Task.WhenAll(Enumerable.Range(0, IdsUnderWay).Select(async first =>
        {
            using var connection = await TypedConnection.OpenAsync(cluster.Broker.Port);
            for (var id = first; id < TransactionalIds; id += IdsUnderWay)
            {
                await InitializeAsync(connection, $"transactional-id-{id}");
            }
        }));
        var loaded = await RestartAsync(cluster, $"Finished loading {TransactionalIds} transaction metadata");
        return [$"{TransactionalIds:N0} transactional ids in {BenchmarkTable.Number(loaded, "ms")}", "", "", ""];
    }

    private static async Task CommitAllAsync(TypedConnection connection, string topic, int groups)
    {
        for (var group = 0; group < groups; group++)
        {
            var answer = await connection.AskAsync<OffsetCommitRequest, OffsetCommitResponse>(
                GroupRows.Commit($"group-{group}", topic, Enumerable.Range(0, PartitionsOfGroup)), 6);
            if (answer.Topics[0].Partitions.Any(partition => partition.ErrorCode != ErrorCode.None))
            {
                throw new InvalidOperationException($"OffsetCommit: {answer.Topics[0].Partitions[0].ErrorCode}");
            }
        }
    }

    private static async Task InitializeAsync(TypedConnection connection, string id)
    {
        while (true)
        {
            var answer = await connection.AskAsync<InitProducerIdRequest, InitProducerIdResponse>(
                new() { TransactionalId = id, TransactionTimeoutMs = 60_000 }, 4);
            switch (answer.ErrorCode)
            {
                case ErrorCode.None:
                    return;
                case ErrorCode.NotCoordinator or ErrorCode.CoordinatorNotAvailable or ErrorCode.CoordinatorLoadInProgress
                    or ErrorCode.ConcurrentTransactions:
                    await connection.AskAsync<FindCoordinatorRequest, FindCoordinatorResponse>(new() { Key = id, KeyType = 1 }, 3);
                    await Task.Delay(100);
                    break;
                default:
                    throw new InvalidOperationException($"InitProducerId: {answer.ErrorCode}");
            }
        }
    }

    /// <summary>Restarts several times; the median of what the broker says the loading took.</summary>
    private static async Task<double> RestartAsync(BenchmarkCluster cluster, string line)
    {
        List<double> milliseconds = [];
        for (var repeat = 0; repeat < BenchmarkTable.Repeats; repeat++)
        {
            await cluster.Broker.StopAsync();
            await cluster.Broker.StartAsync();
            await cluster.Broker.Process.WaitForAsync(line, Limit);
            var said = LoadingTime().Match(cluster.Broker.Process.Output[cluster.Broker.Process.Output.IndexOf(line, StringComparison.Ordinal)..]);
            milliseconds.Add(double.Parse(said.Groups[1].Value, CultureInfo.InvariantCulture));
        }

        return BenchmarkTable.Median(milliseconds);
    }

    /// <summary>What the broker holds once it has come to rest.</summary>
    private static async Task<double> ResidentAsync(BenchmarkCluster cluster)
    {
        await Task.Delay(TimeSpan.FromSeconds(5));
        return ProcessFigures.ResidentMegabytes(cluster.Broker.Process.Id);
    }

    [GeneratedRegex(@" in ([\d.]+) m")]
    private static partial Regex LoadingTime();
}
