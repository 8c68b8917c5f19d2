using ClassicBroker.Primitives;
using ClassicBroker.Testing.Files;
using Xunit;

namespace ClassicBroker.Storage.Tests;

public sealed class PartitionLogTruncationTests
{
    private readonly StorageHarness _harness = new();

    public PartitionLogTruncationTests()
    {
        for (var i = 0; i < 300; i++)
        {
            _harness.Append(TestRecords.Batch(TestRecords.Value(i)), epoch: i / 100);
        }
    }

    [Theory]
    [InlineData(299)]
    [InlineData(200)]
    [InlineData(150)]
    [InlineData(1)]
    [InlineData(0)]
    public void Truncation_keeps_exactly_what_lies_before(long offset)
    {
        Assert.True(_harness.Log.TruncateTo(offset));

        foreach (var restarted in new[] { false, true })
        {
            Assert.Equal(offset, _harness.Log.LogEndOffset);
            Assert.Equal(offset, _harness.Log.HighWatermark);
            Assert.Equal(Enumerable.Range(0, (int)offset).Select(i => TestRecords.Value(i)), _harness.Values());
            Assert.All(_harness.Log.EpochEntries, entry => Assert.True(entry.StartOffset < offset));
            if (!restarted)
            {
                _harness.Close();
            }
        }

        _harness.Append(TestRecords.Batch("next"), epoch: 9);
        Assert.Equal("next", _harness.Values()[^1]);
    }

    [Fact]
    public void Truncation_into_a_batch_cuts_the_batch_whole_and_leaves_a_gap()
    {
        _harness.Append(TestRecords.Batch("x", "y", "z"), epoch: 3);

        _harness.Log.TruncateTo(301);

        Assert.Equal(301, _harness.Log.LogEndOffset);
        Assert.Equal(300, _harness.Values().Count);
        Assert.Equal(301, _harness.Append(TestRecords.Batch("again"), epoch: 4).FirstOffset);
        Assert.Equal(301, LogContent.Records(_harness.Log)[^1].Offset);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_sync_beside_a_truncation_promises_nothing_of_what_is_cut(bool fully)
    {
        _harness.Log.Flush();
        _harness.Files.Before = (operation, path) =>
        {
            if (operation is FileOperation.SetLength or FileOperation.Rename && path.EndsWith(".log", StringComparison.Ordinal))
            {
                _harness.Files.Before = null;
                _harness.Log.Flush();
            }
        };

        if (fully)
        {
            _harness.Log.TruncateFullyAndStartAt(150);
        }
        else
        {
            _harness.Log.TruncateTo(150);
        }

        Assert.Null(_harness.Files.Before);
        Assert.InRange(_harness.Log.RecoveryPoint, 0, 150);
    }

    [Fact]
    public void Truncation_behind_the_end_drops_only_epochs()
    {
        _harness.Log.AssignEpochStart(new(7), 300);

        Assert.False(_harness.Log.TruncateTo(300));

        Assert.Equal(300, _harness.Values().Count);
        Assert.Equal(new LeaderEpoch(2), _harness.Log.LatestEpoch);
    }

    [Fact]
    public void Truncation_takes_the_recovery_point_back()
    {
        _harness.Log.Flush();
        Assert.Equal(300, _harness.Log.RecoveryPoint);

        _harness.Log.TruncateTo(100);

        Assert.InRange(_harness.Log.RecoveryPoint, 0, 100);
        Assert.Contains($"topic 0 {_harness.Log.RecoveryPoint}", System.Text.Encoding.UTF8.GetString(
            _harness.ReadFile($"{StorageHarness.Root}/recovery-point-offset-checkpoint")));
    }

    [Fact]
    public void Full_truncation_begins_anew()
    {
        _harness.Log.TruncateFullyAndStartAt(1000);

        Assert.Equal((1000, 1000, 1000), (_harness.Log.LogStartOffset, _harness.Log.LogEndOffset, _harness.Log.HighWatermark));
        Assert.Empty(_harness.Log.EpochEntries);
        Assert.Equal(1000, _harness.Append(TestRecords.Batch("a"), epoch: 5).FirstOffset);
        Assert.Equal(["a"], _harness.Values());
        _harness.Close();
        Assert.Equal(["a"], _harness.Values());
        Assert.Equal(1000, _harness.Log.LogStartOffset);
    }

    [Fact]
    public void Full_truncation_to_the_same_base_offset_keeps_old_and_new_files_apart()
    {
        _harness.Log.TruncateFullyAndStartAt(0);
        _harness.Append(TestRecords.Batch("new"));
        _harness.Time.AdvanceMs(100_000);

        Assert.Equal(["new"], _harness.Values());
        _harness.Kill();
        Assert.Equal(["new"], _harness.Values());
    }

    [Fact]
    public void Producer_state_goes_back_with_the_log()
    {
        _harness.Append(TestRecords.From(7, 0, 0));
        _harness.Append(TestRecords.From(7, 0, 1));
        _harness.Log.TruncateTo(301);

        Assert.False(_harness.Append(TestRecords.From(7, 0, 1)).IsDuplicate);
        Assert.Equal(302, _harness.Log.LogEndOffset);
    }

    [Fact]
    public void Open_transactions_cut_off_no_longer_hold_readers_back()
    {
        _harness.Append(TestRecords.From(7, 0, 0, isTransactional: true));
        Assert.Equal(300, _harness.Log.LastStableOffset);

        _harness.Log.TruncateTo(300);
        _harness.Append(TestRecords.Batch("a"));

        Assert.Equal(301, _harness.Log.LastStableOffset);
        Assert.Null(_harness.Log.FirstUnstableOffset);
    }

    [Fact]
    public void A_reader_while_a_log_starts_anew_finds_the_old_segments_until_the_new_one_is_there()
    {
        var reads = 0;
        var isStartingAnew = false;
        StorageHarness? harness = null;
        harness = new StorageHarness(StorageHarness.Small with { FileDeleteDelayMs = 0 })
        {
            Seen = files => new InterruptedChanges(files)
            {
                Created = path =>
                {
                    if (isStartingAnew && path.EndsWith(".log", StringComparison.Ordinal))
                    {
                        harness!.Time.AdvanceMs(1);
                        Assert.Equal([1, 0], harness.Log.SegmentOffsetsBefore(timestamp: -1, maxCount: 10));
                        reads++;
                    }
                },
            },
        };
        harness.Append(TestRecords.Batch("a"));
        harness.Time.RunUntilIdle();
        isStartingAnew = true;
        harness.Log.TruncateFullyAndStartAt(7);
        harness.Time.AdvanceMs(1);

        Assert.Equal(1, reads);
        Assert.Empty(harness.Failed);
        Assert.DoesNotContain(harness.Names(harness.LogPath), name => name.EndsWith(".deleted", StringComparison.Ordinal));
    }
}
