using ClassicBroker.Primitives;
using Xunit;

namespace ClassicBroker.Storage.Tests;

/// <summary>Logs that end before their checkpointed high watermark, and what ends the suspicion.</summary>
public sealed partial class LogRecoveryTests
{
    [Fact]
    public void Losing_committed_records_makes_the_replica_suspect_until_it_has_caught_up()
    {
        _harness.Store.CheckpointHighWatermarks();
        _harness.Kill();
        _harness.WriteFile(ActivePath, _harness.ReadFile(ActivePath).AsSpan()[..^1]);

        Assert.True(_harness.Log.IsSuspect);
        Assert.Equal(Batches - 1, _harness.Log.HighWatermark);
        _harness.Close();
        Assert.True(_harness.Log.IsSuspect);

        _harness.Log.NoteCaughtUp(leaderHighWatermark: 0, leaderEpochStart: null);
        Assert.True(_harness.Log.IsSuspect, "the leader's high watermark is behind what this log had committed");
        _harness.Append(TestRecords.Batch("again"));
        _harness.Log.NoteCaughtUp(leaderHighWatermark: Batches + 1, leaderEpochStart: 0);
        Assert.True(_harness.Log.IsSuspect, "the leader has committed more");
        _harness.Log.NoteCaughtUp(leaderHighWatermark: 0, leaderEpochStart: null);
        _harness.Close();
        Assert.False(_harness.Log.IsSuspect);
    }

    /// <summary>An unclean election has given up what the log lost: no leader's high watermark may come to where it was for long.</summary>
    [Fact]
    public void A_replica_that_has_all_its_leader_began_with_is_not_suspect_whatever_it_lost()
    {
        _harness.Store.CheckpointHighWatermarks();
        _harness.Kill();
        _harness.WriteFile(ActivePath, _harness.ReadFile(ActivePath).AsSpan()[..^1]);
        const long End = Batches - 1;

        _harness.Log.NoteCaughtUp(leaderHighWatermark: End - 1, leaderEpochStart: End);
        Assert.True(_harness.Log.IsSuspect, "the leader may have more that is committed than it knows");
        _harness.Log.NoteCaughtUp(leaderHighWatermark: End + 1, leaderEpochStart: End);
        Assert.True(_harness.Log.IsSuspect, "the leader has committed more");
        _harness.Log.NoteCaughtUp(leaderHighWatermark: End, leaderEpochStart: null);
        Assert.True(_harness.Log.IsSuspect, "where the leader began is not known");
        _harness.Log.NoteCaughtUp(leaderHighWatermark: End, leaderEpochStart: End);
        Assert.False(_harness.Log.IsSuspect);
        Assert.Equal(End, _harness.Log.HighWatermarkToCheckpoint);
    }

    [Theory]
    [InlineData(Batches - 10)]
    [InlineData(3)]
    [InlineData(0)]
    public void A_kill_after_committed_records_were_given_up_leaves_no_suspicion(long offset)
    {
        _harness.Store.CheckpointHighWatermarks();
        _harness.Log.TruncateTo(offset);
        _harness.Kill();

        Assert.False(_harness.Log.IsSuspect);
        Assert.Equal((offset, offset), (_harness.Log.LogEndOffset, _harness.Log.HighWatermark));
        _harness.Append(TestRecords.Batch("again"));
        _harness.Store.CheckpointHighWatermarks();
        _harness.Log.TruncateFullyAndStartAt(0);
        _harness.Kill();
        Assert.False(_harness.Log.IsSuspect);
    }

    [Fact]
    public void A_kill_that_loses_nothing_leaves_no_suspicion()
    {
        _harness.Store.CheckpointHighWatermarks();
        _harness.Kill();

        Assert.False(_harness.Log.IsSuspect);
        Assert.Equal(Batches, _harness.Log.HighWatermark);
    }
}
