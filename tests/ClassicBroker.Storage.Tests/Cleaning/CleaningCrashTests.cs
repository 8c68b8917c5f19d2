using ClassicBroker.Testing;
using Xunit;

namespace ClassicBroker.Storage.Tests;

/// <summary>The power goes, or the process, before each of the file operations of a cleaning in turn.</summary>
public sealed class CleaningCrashTests
{
    private const int SeedCount = 3;

    private static readonly LogConfig Config = StorageHarness.Small with
    {
        SegmentBytes = 1500,
        SegmentIndexBytes = 400,
        CleanupPolicy = CleanupPolicy.Compact,
    };

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Whatever_a_crash_leaves_of_a_cleaning_the_log_holds_the_last_values(bool isPowerCut)
    {
        foreach (var seed in Seeds.First(SeedCount))
        {
            var operations = 0;
            while (!Run(seed, ++operations, isPowerCut))
            {
                Assert.True(operations < 10_000, "the cleaning never ends");
            }
        }
    }

    /// <summary>Dies before the operation of that number; true where the cleaning had fewer.</summary>
    private static bool Run(ulong seed, int fatalOperation, bool isPowerCut)
    {
        var harness = new StorageHarness(Config, seed);
        var oracle = new CleaningOracle();
        var log = new RandomLog(harness, oracle, new SeededRandomSource(seed));
        for (var step = 0; step < 25; step++)
        {
            log.Step();
        }

        harness.Log.Roll();
        harness.Log.Flush();
        harness.Store.CheckpointAll();
        var end = harness.Log.LogEndOffset;
        var isDone = TryClean(harness, fatalOperation);
        if (isPowerCut)
        {
            harness.Crash();
        }
        else
        {
            harness.Kill();
        }

        var because = $"seed {seed}, operation {fatalOperation}, power cut {isPowerCut}";
        Assert.True(harness.Log.Directory.IsOnline, because);
        Assert.Equal(end, harness.Log.LogEndOffset);
        oracle.Require(CleanerRun.Records(harness.Log), end, mayLackTombstones: false, mayHoldMore: true, because);
        Assert.DoesNotContain(
            harness.Names(harness.LogPath),
            name => name.EndsWith(".cleaned", StringComparison.Ordinal) || name.EndsWith(".swap", StringComparison.Ordinal));

        var cleanPoint = CleanerRun.Clean(harness.Log, harness.Environment);
        oracle.Require(CleanerRun.Records(harness.Log), cleanPoint, mayLackTombstones: false, mayHoldMore: false, because);
        return isDone;
    }

    private static bool TryClean(StorageHarness harness, int fatalOperation)
    {
        var left = fatalOperation;
        var log = harness.Log;
        harness.Files.Before = (_, _) =>
        {
            if (--left <= 0)
            {
                throw new DeathException();
            }
        };
        try
        {
            CleanerRun.Clean(log, harness.Environment);
            harness.Time.AdvanceMs(Config.FileDeleteDelayMs);
            return true;
        }
        catch (DeathException)
        {
            return false;
        }
        finally
        {
            harness.Files.Before = null;
        }
    }

    /// <summary>The process is no more: every operation that it still tries throws it again.</summary>
    private sealed class DeathException : Exception;
}
