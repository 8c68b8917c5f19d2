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
        _harness.Files.Before = (operation, path) =>
            syncs += operation == FileOperation.Sync && path.EndsWith(".log", StringComparison.Ordinal) ? 1 : 0;
        for (var i = 0; i < 10; i++)
        {
            _harness.Append(TestRecords.Batch($"{i}"));
            log.SyncSoon(() => told++);
        }

        Assert.Equal((0, 0L), (syncs, log.RecoveryPoint));
        _harness.Time.RunUntilIdle();
        Assert.Equal((1, 1, 10L), (syncs, told, log.RecoveryPoint));

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

        void Synced() => seen.Add(log.RecoveryPoint);
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
        Assert.Equal(0, log.RecoveryPoint);
    }
}
