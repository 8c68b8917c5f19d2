using System.Text;
using ClassicBroker.Platform;
using ClassicBroker.Metadata;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Records;
using ClassicBroker.Simulation.Clusters;

namespace ClassicBroker.Simulation.Runs;

/// <summary>
/// Reads all partitions in turn from their leaders, each from where it was: no record is passed over and none comes twice (H5), none
/// comes that is not committed, and the end of a log never goes back (H6). Every second one is of before KIP-320: it asks any broker who
/// leads, which may not have heard of the last change, gives no epoch, and stays until it is refused. Threading: the client loop.
/// </summary>
internal sealed class SimulatedConsumer(
    SimulatedCluster cluster, ClientHistory history, int number, IReadOnlyList<TopicPartition> partitions)
{
    private const short MetadataVersion = 5;
    private const int NoEpoch = -1;
    private const int TurnsBetweenLingers = 20;
    private const long Earliest = -2;

    private readonly SimulatedClients _clients = new(cluster, $"consumer-{number}");
    private readonly Dictionary<TopicPartition, long> _positions = partitions.ToDictionary(partition => partition, _ => 0L);
    private readonly Dictionary<TopicPartition, int>? _oldLeaders = number % 2 == 1 ? [] : null;
    private bool _isStopped;

    /// <summary>How long it does nothing at times; 0 for never.</summary>
    public int LingerMs { get; init; }

    /// <summary>The offset behind the last record of a partition that any broker has taken for committed.</summary>
    public required Func<TopicPartition, long> CommittedEnd { get; init; }

    public Task Completion { get; private set; } = Task.CompletedTask;

    public void Start() => Completion = cluster.ClientLoop.InvokeAsync(RunAsync);

    public void Stop() => _isStopped = true;

    private async Task RunAsync()
    {
        for (var turn = 0; !_isStopped; turn++)
        {
            var partition = partitions[turn % partitions.Count];
            var state = cluster.State(partition);
            if (state.HasLeader)
            {
                await (turn % 7 == 3 ? AskForEndAsync(partition, state.Leader, state.LeaderEpoch) : ReadAsync(partition, state.Leader, state.LeaderEpoch));
            }

            var lingerMs = turn % TurnsBetweenLingers == TurnsBetweenLingers - 1 ? LingerMs : 0;
            await cluster.ClientLoop.DelayAsync(TimeSpan.FromMilliseconds(10 + cluster.Random.Next(80) + lingerMs));
        }

        _clients.Dispose();
    }

    private async Task ReadAsync(TopicPartition partition, int leader, int leaderEpoch)
    {
        var position = _positions[partition];
        var (asked, epoch) = _oldLeaders is null ? (leader, leaderEpoch) : (await OldLeaderAsync(partition), NoEpoch);
        if (asked == LeaderAndIsr.NoLeader)
        {
            return;
        }

        var answer = await _clients.FetchAsync(partition, asked, epoch, position, maxWaitMs: 50);
        switch (answer?.ErrorCode)
        {
            case ErrorCode.None:
                Take(partition, position, answer.Records.Memory.Span);
                break;
            case ErrorCode.OffsetOutOfRange:
                await StartOverAsync(partition, asked, leader, leaderEpoch, position);
                break;
            default:
                _oldLeaders?.Remove(partition);
                break;
        }
    }

    /// <summary>Who leads, as a broker says that knows its cluster; it is asked once only.</summary>
    private async Task<int> OldLeaderAsync(TopicPartition partition)
    {
        if (_oldLeaders!.TryGetValue(partition, out var known))
        {
            return known;
        }

        var request = new MetadataRequest { Topics = [new() { Name = partition.Topic }] };
        var answer = await _clients.AskAsync<MetadataRequest, MetadataResponse>(
            cluster.Random.Next(cluster.Brokers.Count), request, MetadataVersion);
        var found = answer?.Topics[0].Partitions.FirstOrDefault(told => told.PartitionIndex == partition.Partition);
        return found is { LeaderId: >= 0 } ? _oldLeaders[partition] = found.LeaderId : LeaderAndIsr.NoLeader;
    }

    private void Take(TopicPartition partition, long position, ReadOnlySpan<byte> records)
    {
        foreach (var batch in new BatchIterator(records))
        {
            using var reader = RecordReader.Open(records.Slice((int)batch.Position, batch.SizeInBytes));
            while (reader.MoveNext())
            {
                var record = reader.Current;
                if (record.Offset < position)
                {
                    continue;
                }

                if (record.Offset != position)
                {
                    throw new InvariantBrokenException("H5", $"a consumer of {partition} wanted {position} and got {record.Offset}");
                }

                if (record.Offset >= CommittedEnd(partition))
                {
                    throw new InvariantBrokenException(
                        "H6", $"a consumer of {partition} was given {record.Offset}, and all below {CommittedEnd(partition)} is committed");
                }

                history.Consume(partition, record.Offset, Encoding.UTF8.GetString(record.Value.Span));
                position++;
            }
        }

        _positions[partition] = position;
    }

    private async Task StartOverAsync(TopicPartition partition, int asked, int leader, int leaderEpoch, long position)
    {
        if (await OffsetAsync(partition, leader, leaderEpoch, Earliest) is not { } start)
        {
            return;
        }

        if (start <= position && asked != leader
            && (history.AskedToDelete.GetValueOrDefault(partition) > position || StartOf(partition, asked) > position))
        {
            // A leader before, or a replica that counts what it keeps by itself, has let go more than this one.
            _oldLeaders?.Remove(partition);
            return;
        }

        if (start <= position)
        {
            throw new InvariantBrokenException(
                "H6", $"a consumer of {partition} had read up to {position}, and the leader in epoch {leaderEpoch} does not reach so far");
        }

        if (start > history.AskedToDelete.GetValueOrDefault(partition) && start > StartOf(partition, leader))
        {
            throw new InvariantBrokenException("H5", $"a consumer of {partition} wanted {position}, and the log begins at {start}");
        }

        _positions[partition] = start;
    }

    /// <summary>Where the log of a broker begins, though it may have come to that just now; the largest offset where it is down.</summary>
    private long StartOf(TopicPartition partition, int broker) => history.IsRetentionLimited
        ? cluster.Broker(broker).LogOf(partition)?.LogStartOffset ?? long.MaxValue : 0;

    private async Task AskForEndAsync(TopicPartition partition, int leader, int leaderEpoch)
    {
        var before = history.End(partition);
        if (await OffsetAsync(partition, leader, leaderEpoch, SimulatedClients.LatestTimestamp) is { } end)
        {
            history.TellEnd(partition, end, before);
        }
    }

    private async Task<long?> OffsetAsync(TopicPartition partition, int leader, int leaderEpoch, long timestamp) =>
        await _clients.ListOffsetAsync(partition, leader, leaderEpoch, timestamp) is { ErrorCode: ErrorCode.None } found
            ? found.Offset : null;
}
