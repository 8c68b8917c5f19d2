using ClassicBroker.Primitives;
using ClassicBroker.Records;
using ClassicBroker.Replication.Partitions;
using Microsoft.Extensions.Logging.Abstractions;

namespace ClassicBroker.Replication.Tests;

/// <summary>Waits for replicas that begin late, when other brokers have led since the append.</summary>
public sealed class LeaderAppenderTests
{
    private const short AcksAll = -1;

    private static readonly TopicPartition Partition = new("t", 0);
    private static readonly Uuid TopicId = new(1, 1);

    private readonly ReplicaHarness _broker = new();

    /// <summary>A produce of two partitions waits for the coordinator of the second before it waits for the replicas of the first.</summary>
    [Theory]
    [InlineData(true, ErrorCode.NotLeaderOrFollower)]
    [InlineData(false, ErrorCode.None)]
    public void A_record_that_another_leaders_has_replaced_is_not_acknowledged(bool isReplaced, ErrorCode expected)
    {
        _broker.Lead(Partition, TopicId, others: 1);
        _broker.Append(Partition);
        var appended = _broker.Append(Partition);
        Assert.Equal((1, 0), (appended.Appended.LastOffset, appended.Appended.LeaderEpoch.Value));
        Assert.Equal(ErrorCode.None, _broker.Follow(1, Partition, TopicId, leaderEpoch: 1, isNew: false));
        Assert.True(_broker.Replicas.TryGetOnline(Partition, out var partition));
        if (isReplaced)
        {
            Assert.True(partition.Follower.TruncateTo(1, 1));
            Assert.NotNull(partition.Follower.Append(1, 1, Batch(offset: 1, leaderEpoch: 1)));
        }

        Assert.True(partition.Follower.Adopt(1, 2, 0));
        Assert.Equal(ErrorCode.None, _broker.Lead(Partition, TopicId, leaderEpoch: 2, isNew: false));

        Assert.Equal(expected, Wait(appended));
    }

    /// <summary>A controller counts the epoch up also where the leader stays.</summary>
    [Fact]
    public void A_leader_that_stays_knows_that_it_has_cut_nothing()
    {
        _broker.Lead(Partition, TopicId);
        var appended = _broker.Append(Partition);
        var unplaced = appended with { Appended = appended.Appended with { LastOffset = -1 } };
        _broker.Lead(Partition, TopicId, leaderEpoch: 1, isNew: false);

        Assert.Equal((ErrorCode.None, ErrorCode.None), (Wait(appended), Wait(unplaced)));
    }

    private ErrorCode Wait(in AppendOutcome outcome)
    {
        var appender = new LeaderAppender(_broker.Replicas, NullLogger<LeaderAppender>.Instance);
        var wait = appender.WaitFor(Partition, outcome, AcksAll)!;
        Assert.True(appender.AwaitReplicasAsync([wait], timeoutMs: 1000).AsTask().IsCompleted);
        return wait.Error;
    }

    private static byte[] Batch(long offset, int leaderEpoch)
    {
        using var builder = new RecordBatchBuilder { BaseOffset = offset, PartitionLeaderEpoch = leaderEpoch };
        builder.Append(1, default, "other"u8);
        return builder.Build().ToArray();
    }
}
