using System.Buffers.Binary;
using ClassicBroker.Primitives;
using ClassicBroker.Records;
using Xunit;

namespace ClassicBroker.Storage.Tests;

public sealed class PartitionLogAppendTests
{
    private readonly StorageHarness _harness = new();

    [Fact]
    public void Append_gives_the_next_offsets_and_stamps_the_epoch()
    {
        var first = _harness.Append(TestRecords.Batch("a", "b"), epoch: 3);
        var second = _harness.Append(TestRecords.Batch("c"), epoch: 3);

        Assert.Equal((0, 1), (first.FirstOffset, first.LastOffset));
        Assert.Equal((2, 2), (second.FirstOffset, second.LastOffset));
        Assert.Equal(2, first.RecordCount);
        Assert.Equal(3, _harness.Log.LogEndOffset);
        Assert.Equal(new LeaderEpoch(3), _harness.Log.LatestEpoch);
        var stored = LogContent.Fetch(_harness.Log, 0, 10_000);
        Assert.Equal(3, BinaryPrimitives.ReadInt32BigEndian(stored.AsSpan(RecordBatchHeader.PartitionLeaderEpochOffset)));
        Assert.Equal(["a", "b", "c"], _harness.Values());
    }

    [Fact]
    public void Append_of_nothing_changes_nothing()
    {
        var append = _harness.Log.AppendAsLeader(Memory<byte>.Empty, new LeaderEpoch(0));

        Assert.Equal(-1, append.FirstOffset);
        Assert.Equal(0, _harness.Log.LogEndOffset);
    }

    [Fact]
    public void Append_with_log_append_time_returns_the_brokers_time()
    {
        _harness.Config = StorageHarness.Small with { MessageTimestampType = TimestampType.LogAppendTime };

        var append = _harness.Append(TestRecords.Batch(timestamp: 5, "a"));

        Assert.Equal(_harness.Time.GetUtcNow().ToUnixTimeMilliseconds(), append.LogAppendTime);
        Assert.Equal(append.LogAppendTime, append.MaxTimestamp);
    }

    [Fact]
    public void Append_of_a_corrupt_batch_is_refused_and_leaves_the_file_alone()
    {
        _harness.Append(TestRecords.Batch("a"));
        var size = _harness.Log.SizeInBytes;
        var corrupt = TestRecords.Batch("b");
        corrupt[^1] ^= 1;

        Assert.Throws<CorruptRecordException>(() => _harness.Append(corrupt));
        Assert.Equal(size, _harness.Log.SizeInBytes);
        Assert.Equal(1, _harness.Log.LogEndOffset);
        Assert.True(_harness.Log.Directory.IsOnline);
    }

    [Fact]
    public void Append_larger_than_a_segment_is_refused()
    {
        _harness.Config = StorageHarness.Small with { SegmentBytes = 200 };

        var refused = Assert.Throws<RecordsRefusedException>(() => _harness.Append(TestRecords.Batch(TestRecords.Value(0, 500))));
        Assert.Equal(ErrorCode.RecordListTooLarge, refused.Code);
    }

    [Fact]
    public void Append_larger_than_max_message_bytes_is_refused()
    {
        _harness.Config = StorageHarness.Small with { MaxMessageBytes = 100 };

        var refused = Assert.ThrowsAny<RecordsException>(() => _harness.Append(TestRecords.Batch(TestRecords.Value(0, 500))));
        Assert.Equal(ErrorCode.MessageTooLarge, refused.Code);
    }

    [Fact]
    public void Follower_keeps_offsets_gaps_and_epochs_of_its_leader()
    {
        byte[] sent = [.. TestRecords.Stored(0, 1, "a", "b"), .. TestRecords.Stored(5, 4, "c")];

        var append = _harness.Log.AppendAsFollower(sent);

        Assert.Equal((0, 5), (append.FirstOffset, append.LastOffset));
        Assert.Equal(6, _harness.Log.LogEndOffset);
        Assert.Equal([new EpochEntry(new(1), 0), new EpochEntry(new(4), 5)], _harness.Log.EpochEntries);
        Assert.Equal(sent, LogContent.Fetch(_harness.Log, 0, 10_000));
    }

    [Fact]
    public void Follower_leaves_a_partial_last_batch_out()
    {
        byte[] sent = [.. TestRecords.Stored(0, 0, "a"), .. TestRecords.Stored(1, 0, "b")[..40]];

        _harness.Log.AppendAsFollower(sent);

        Assert.Equal(1, _harness.Log.LogEndOffset);
    }

    /// <summary>KAFKA-18723: a leader that was replaced sends what it has copied from its successor since.</summary>
    [Fact]
    public void Follower_leaves_out_batches_of_a_later_epoch_than_it_follows()
    {
        byte[] sent = [.. TestRecords.Stored(0, 3, "a"), .. TestRecords.Stored(1, 5, "b"), .. TestRecords.Stored(2, 6, "c")];

        var append = _harness.Log.AppendAsFollower(sent, leaderEpochMax: 5);

        Assert.Equal((0, 1, true), (append.FirstOffset, append.LastOffset, append.IsEndedByLaterEpoch));
        Assert.Equal((2, 5), (_harness.Log.LogEndOffset, _harness.Log.LatestEpoch.Value));
        append = _harness.Log.AppendAsFollower(TestRecords.Stored(2, 6, "c"), leaderEpochMax: 5);
        Assert.Equal((-1, true), (append.LastOffset, append.IsEndedByLaterEpoch));
        append = _harness.Log.AppendAsFollower(TestRecords.Stored(2, 6, "c"), leaderEpochMax: 6);
        Assert.Equal((2, false), (append.LastOffset, append.IsEndedByLaterEpoch));
    }

    [Fact]
    public void Follower_refuses_records_before_its_end()
    {
        _harness.Log.AppendAsFollower(TestRecords.Stored(0, 0, "a", "b"));

        var unexpected = Assert.Throws<UnexpectedAppendOffsetException>(
            () => _harness.Log.AppendAsFollower(TestRecords.Stored(1, 0, "b", "c")));
        Assert.Equal((1, 2), (unexpected.FirstOffset, unexpected.LastOffset));
        Assert.Equal(2, _harness.Log.LogEndOffset);
    }

    [Fact]
    public void Follower_refuses_offsets_that_fall()
    {
        byte[] sent = [.. TestRecords.Stored(5, 0, "a"), .. TestRecords.Stored(3, 0, "b")];

        Assert.ThrowsAny<RecordsException>(() => _harness.Log.AppendAsFollower(sent));
        Assert.Equal(0, _harness.Log.LogEndOffset);
    }

    [Fact]
    public void Follower_with_smaller_segments_than_its_leader_appends_batch_by_batch()
    {
        _harness.Config = StorageHarness.Small with { SegmentBytes = 400 };
        byte[] sent = [.. Enumerable.Range(0, 6).SelectMany(i => TestRecords.Stored(i, 0, TestRecords.Value(i)))];

        var append = _harness.Log.AppendAsFollower(sent);

        Assert.Equal((0, 5), (append.FirstOffset, append.LastOffset));
        Assert.Equal(6, _harness.Log.LogEndOffset);
        Assert.True(_harness.Log.SegmentCount > 1);
        Assert.Equal(6, _harness.Values().Count);
    }

    [Fact]
    public void Records_of_old_formats_clear_the_epochs()
    {
        _harness.Log.AppendAsFollower(TestRecords.Stored(0, 2, "a"));
        var message = new byte[LegacyMessage.SizeOf(1, 0, 3)];
        LegacyMessage.Write(message, 1, 0, 1, 1000, NullableBytes.Null, "old"u8);

        _harness.Log.AppendAsFollower(message);

        Assert.Empty(_harness.Log.EpochEntries);
        Assert.Equal(["a", "old"], _harness.Values());
    }

    /// <summary>As in Kafka: it would forget them with the first append, and compare its end with others by them until then.</summary>
    [Fact]
    public void A_log_of_an_old_format_knows_no_epochs()
    {
        _harness.Config = StorageHarness.Small with { RecordMagic = RecordFormat.MagicV1 };
        _harness.Log.AssignEpochStart(new(1), 0);
        _harness.Log.AppendAsFollower(TestRecords.Stored(0, 2, "of before"));
        Assert.Empty(_harness.Log.EpochEntries);

        _harness.Log.UpdateConfig(StorageHarness.Small);
        _harness.Log.AssignEpochStart(new(3), 1);
        Assert.Equal([new EpochEntry(new(3), 1)], _harness.Log.EpochEntries);
        _harness.Log.UpdateConfig(_harness.Config);
        Assert.Equal((LeaderEpoch.None, false), (_harness.Log.LatestEpoch, _harness.Log.EndOffsetForEpoch(new(3)).IsDefined));
    }

    [Fact]
    public void A_log_whose_format_was_lowered_has_no_epochs_after_a_restart()
    {
        _harness.Append(TestRecords.Batch("a"));
        Assert.NotEmpty(_harness.Log.EpochEntries);
        _harness.Kill();
        _harness.Config = StorageHarness.Small with { RecordMagic = RecordFormat.MagicV1 };

        Assert.Empty(_harness.Log.EpochEntries);
        _harness.Close();
        _harness.Config = StorageHarness.Small;
        Assert.Empty(_harness.Log.EpochEntries);
    }

    [Fact]
    public void Flush_messages_makes_every_append_durable_before_it_returns()
    {
        _harness.Config = StorageHarness.Small with { FlushMessages = 1 };
        _harness.Append(TestRecords.Batch("a"));

        Assert.Equal(1, _harness.Log.RecoveryPoint);
        _harness.Crash();
        Assert.Equal(["a"], _harness.Values());
    }

    [Fact]
    public void Append_allocates_no_more_than_for_its_result()
    {
        using var disk = new PosixDisk();
        var log = disk.CreateLog(new LogConfig());
        var batch = TestRecords.Batch([.. Enumerable.Range(0, 60).Select(i => TestRecords.Value(i, 1000))]);
        var copy = new byte[batch.Length];
        for (var i = 0; i < 50; i++)
        {
            Append();
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
        {
            Append();
        }

        Assert.InRange((GC.GetAllocatedBytesForCurrentThread() - before) / 100, 0, 64);

        void Append()
        {
            batch.CopyTo(copy, 0);
            log.AppendAsLeader(copy, new LeaderEpoch(0));
            log.AdvanceHighWatermark(log.LogEnd);
        }
    }
}
