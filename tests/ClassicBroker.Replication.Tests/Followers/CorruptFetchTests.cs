using ClassicBroker.Metadata;
using ClassicBroker.Primitives;
using ClassicBroker.Records;
using ClassicBroker.Replication.Followers;
using ClassicBroker.Storage;
using ClassicBroker.Testing;

namespace ClassicBroker.Replication.Tests.Followers;

/// <summary>
/// A leader that sends what cannot be appended. In Kafka one such batch has ended the fetcher with all its partitions (KAFKA-4384,
/// KAFKA-5864), or the partition for good (KAFKA-9617).
/// </summary>
public sealed class CorruptFetchTests : IDisposable
{
    private const string Topic = "t";
    private const int Leader = 1;
    private const int Bad = 1;
    private const int BackoffMs = 1000;

    private static readonly Uuid TopicId = new(1, 2);

    private readonly ReplicaHarness _broker = new();
    private readonly RecordingLoggers _log = new();
    private ReplicaFetcherManager _fetchers;
    private ScriptedLeader? _leader;

    public CorruptFetchTests()
    {
        _fetchers = Follow(MetadataVersion.IBP_3_9_IV0, leaderEpoch: 0);
    }

    private ReplicaFetcherManager Follow(MetadataVersion protocol, int leaderEpoch)
    {
        var loop = _broker.NewLoop("fetcher");
        var fetchers = new ReplicaFetcherManager(new FollowerEnvironment
        {
            Settings = new() { BrokerId = new BrokerId(0), InterBrokerProtocol = protocol, BackoffMs = BackoffMs },
            Loops = _ => [loop],
            Open = (_, _, own) => _leader = new ScriptedLeader(own),
            BrokerEpoch = () => 1,
            Delayed = _broker.Replicas.Delayed,
            Logger = _log,
        });
        fetchers.Follow([.. Enumerable.Range(0, 3).Select(number => Appoint(number, leaderEpoch))]);
        _broker.RunUntilIdle();
        return fetchers;
    }

    public void Dispose() => _fetchers.Dispose();

    /// <summary>A bit of a record, of the checksum, of the format; and batches that say they are shorter, one of them of length 0.</summary>
    [Theory]
    [InlineData(-1, 0x01)]
    [InlineData(17, 0x80)]
    [InlineData(16, 0x40)]
    [InlineData(11, 0x02)]
    [InlineData(11, 0x42)]
    public void A_broken_batch_is_not_appended_and_is_asked_for_again_after_a_pause_while_others_go_on(int position, byte bits)
    {
        Answer(number =>
        {
            var batch = Batch(0);
            if (number == Bad)
            {
                batch[position < 0 ? batch.Length + position : position] ^= bits;
            }

            return batch;
        });
        Assert.Equal([1, 0, 1], Ends());
        Assert.Contains($"Found invalid messages during fetch for partition {Topic}-{Bad} offset 0: ", Assert.Single(_log.Lines));
        Assert.Equal([(0, 1), (2, 1)], Asked());

        Answer(_ => Batch(1));
        Assert.Equal([2, 0, 2], Ends());
        Assert.Equal([(0, 2), (2, 2)], Asked());
        Assert.Equal(0, FailedCount);

        _broker.AdvanceMs(BackoffMs);
        Answer(_ => []);
        Assert.Equal([(0, 2), (1, 0), (2, 2)], Asked());
        Answer(number => number == Bad ? Batch(0) : []);
        Assert.Equal([2, 1, 2], Ends());
    }

    /// <summary>What the limit of a fetch leaves of a batch is no fault.</summary>
    [Fact]
    public void A_piece_of_a_batch_is_not_appended_and_is_asked_for_again()
    {
        Answer(number => number == Bad ? Batch(0)[..^1] : Batch(0));
        Assert.Equal([1, 0, 1], Ends());
        Assert.Equal([(0, 1), (1, 0), (2, 1)], Asked());
        Assert.Empty(_log.Lines);
    }

    /// <summary>Leaders of before KIP-74 send no batch that is larger than the limit; it would be asked for without end, and without a word.</summary>
    [Fact]
    public void Where_the_protocol_cannot_go_beyond_the_limit_a_piece_of_a_batch_is_told_and_asked_for_again_after_a_pause()
    {
        _fetchers.Dispose();
        _fetchers = Follow(MetadataVersion.IBP_0_10_0_IV1, leaderEpoch: 1);
        Answer(number => number == Bad ? Batch(0)[..^1] : Batch(0));
        Assert.Equal([1, 0, 1], Ends());
        var told = Assert.Single(_log.Lines);
        Assert.Contains($"greater than replica.fetch.max.bytes for partition {Topic}-{Bad}.", told);
        Assert.Equal([(0, 1), (2, 1)], Asked());

        _broker.AdvanceMs(BackoffMs);
        Answer(_ => []);
        Assert.Equal([(0, 1), (1, 0), (2, 1)], Asked());
    }

    /// <summary>The leader took it while the limit was higher.</summary>
    [Fact]
    public void A_batch_larger_than_the_topic_allows_is_appended()
    {
        Answer(number => Batch(0, number == Bad ? 2 << 20 : 10));
        Assert.Equal([1, 1, 1], Ends());
        Assert.Empty(_log.Lines);
    }

    /// <summary>A leader that was replaced has copied it from its successor; this one's own records may have to be cut first.</summary>
    [Fact]
    public void What_is_of_a_later_epoch_than_is_followed_is_not_appended_and_is_asked_for_again_after_a_pause()
    {
        Answer(number => number == Bad ? [.. Batch(0), .. Batch(1, leaderEpoch: 1)] : Batch(0), highWatermark: 2);
        Assert.Equal([1, 1, 1], Ends());

        // Its high watermark counts what the successor has, not what this replica has in the same place.
        Assert.Equal([1, 0, 1], HighWatermarks());
        Assert.Contains($"partition {Topic}-{Bad} sent from offset 1 on: it is of a later epoch than 0", Assert.Single(_log.Lines));
        Assert.Equal([(0, 1), (2, 1)], Asked());

        _fetchers.Follow([Appoint(Bad, leaderEpoch: 1)]);
        Answer(_ => []);
        Answer(number => number == Bad ? Batch(1, leaderEpoch: 1) : []);
        Assert.Equal([1, 2, 1], Ends());
    }

    [Fact]
    public void A_batch_that_contradicts_the_log_ends_the_fetching_of_its_partition_alone_until_the_controller_speaks_of_it()
    {
        Answer(_ => Batch(0));
        Answer(number => Batch(number == Bad ? 0 : 1));
        Assert.Equal([2, 1, 2], Ends());
        Assert.Contains($"Partition {Topic}-{Bad} marked as failed: ", Assert.Single(_log.Lines));
        Assert.Equal(1, FailedCount);

        _broker.AdvanceMs(10 * BackoffMs);
        Answer(_ => Batch(2));
        Assert.Equal([(0, 3), (2, 3)], Asked());
        Assert.Equal([3, 1, 3], Ends());

        _fetchers.Follow([Appoint(Bad, leaderEpoch: 1)]);
        Answer(_ => []);
        Assert.Equal(0, FailedCount);
        Assert.Equal([(0, 3), (1, 1), (2, 3)], Asked());
        Answer(number => number == Bad ? Batch(1) : []);
        Assert.Equal([3, 2, 3], Ends());
    }

    private int FailedCount => _fetchers.Metrics.Single().FailedCount;

    private static byte[] Batch(long offset, int valueBytes = 10, int leaderEpoch = 0)
    {
        using var builder = new RecordBatchBuilder { BaseOffset = offset, PartitionLeaderEpoch = leaderEpoch };
        builder.Append(1, default, new byte[valueBytes]);
        return builder.Build().ToArray();
    }

    /// <summary>The controller has broker 1 lead, and this one follow it.</summary>
    private Following Appoint(int number, int leaderEpoch = 0)
    {
        var partition = new TopicPartition(Topic, number);
        Assert.Equal(ErrorCode.None, _broker.Follow(Leader, partition, TopicId, leaderEpoch, isNew: leaderEpoch == 0));
        return _broker.Replicas.TryGetOnline(partition, out var replica)
            ? new Following(replica, TopicId, Leader, new LeaderEpoch(leaderEpoch))
            : throw new InvalidOperationException($"There is no replica {number}.");
    }

    private void Answer(Func<int, byte[]> recordsOf, long highWatermark = 0)
    {
        _leader!.Answer(number => new() { Records = recordsOf(number), HighWatermark = highWatermark });
        _broker.RunUntilIdle();
    }

    /// <summary>Partitions of the fetch that waits now, with the offset asked for.</summary>
    private IEnumerable<(int Partition, long Offset)> Asked() =>
        _leader!.Waiting.Topics.SelectMany(topic => topic.Partitions).Select(asked => (asked.Partition, asked.FetchOffset)).Order();

    private IEnumerable<long> Ends() => OfLogs(log => log.LogEndOffset);

    private IEnumerable<long> HighWatermarks() => OfLogs(log => log.HighWatermark);

    private IEnumerable<long> OfLogs(Func<PartitionLog, long> offset) => Enumerable.Range(0, 3).Select(number =>
        _broker.Replicas.TryGetOnline(new TopicPartition(Topic, number), out var replica) ? offset(replica.Log!) : -1);
}
