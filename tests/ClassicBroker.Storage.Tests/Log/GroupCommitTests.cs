using ClassicBroker.Testing.Files;
using Xunit;

namespace ClassicBroker.Storage.Tests;

public sealed class GroupCommitTests
{
    private readonly StorageHarness _harness = new();

    [Fact]
    public void One_sync_makes_all_durable_that_was_appended_before_it()
    {
        var (syncs, told) = (0, 0);
        var log = _harness.Log;
        _harness.Files.Before = (operation, path) => syncs += operation == FileOperation.Sync && IsOfSegment(path) ? 1 : 0;
        for (var i = 0; i < 10; i++)
        {
            _harness.Append(TestRecords.Batch($"{i}"));
            log.SyncSoon(() => told++);
        }

        Assert.Equal((0, 0L), (syncs, log.SyncedOffset));
        _harness.Time.RunUntilIdle();
        Assert.Equal((1, 1, 10L, 0L), (syncs, told, log.SyncedOffset, log.RecoveryPoint));

        _harness.Crash();
        Assert.Equal(10, _harness.Log.LogEndOffset);
    }

    [Fact]
    public void What_is_appended_during_a_sync_is_synced_by_the_next()
    {
        var log = _harness.Log;
        var seen = new List<long>();
        _harness.Append(TestRecords.Batch("a"));
        _harness.Files.Before = (operation, _) =>
        {
            if (operation == FileOperation.Sync)
            {
                _harness.Files.Before = null;
                _harness.Append(TestRecords.Batch("b"));
                log.SyncSoon(Synced);
            }
        };
        log.SyncSoon(Synced);

        _harness.Time.RunUntilIdle();
        Assert.Equal([1, 2], seen);

        void Synced() => seen.Add(log.SyncedOffset);
    }

    [Fact]
    public void A_sync_that_fails_takes_the_directory_offline_and_promises_nothing()
    {
        var log = _harness.Log;
        _harness.Append(TestRecords.Batch("a"));
        _harness.Files.Fail(FileOperation.Sync, errno: 5, lasting: true);
        log.SyncSoon(() => { });
        _harness.Time.RunUntilIdle();
        Assert.False(log.Directory.IsOnline);
        Assert.Equal(0, log.SyncedOffset);
    }

    /// <summary>The recovery point does not pass what only the indexes in memory know.</summary>
    [Fact]
    public void After_a_power_cut_the_indexes_of_what_was_synced_without_them_are_built_again()
    {
        const int Batches = 40;
        for (var i = 0; i < Batches; i++)
        {
            _harness.Append(TestRecords.Batch(1_000 + i, $"{i}"));
            _harness.Log.SyncSoon(() => { });
            _harness.Time.RunUntilIdle();
            if (i == Batches / 2)
            {
                _harness.Log.Roll();
            }
        }

        _harness.Log.Roll();
        _harness.Crash();
        Assert.Equal(Batches, _harness.Log.LogEndOffset);
        for (var i = 0; i < Batches; i++)
        {
            Assert.Equal(i, _harness.Log.FindByTimestamp(1_000 + i)!.Value.Offset);
        }
    }

    [Fact]
    public void What_was_cut_is_no_longer_synced()
    {
        var log = _harness.Log;
        _harness.Append(TestRecords.Batch("a"));
        _harness.Append(TestRecords.Batch("b"));
        log.FlushRecords();
        Assert.Equal(2, log.SyncedOffset);
        log.TruncateTo(1);
        Assert.Equal(1, log.SyncedOffset);
        _harness.Append(TestRecords.Batch("c"));
        Assert.Equal(1, log.SyncedOffset);
        log.Flush();
        Assert.Equal((2, 2), (log.SyncedOffset, log.RecoveryPoint));
    }

    private static bool IsOfSegment(string path) =>
        path.EndsWith(".log", StringComparison.Ordinal) || path.EndsWith("index", StringComparison.Ordinal);
}
