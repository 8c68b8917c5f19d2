using System.Buffers.Binary;
using Xunit;

namespace ClassicBroker.Storage.Tests;

/// <summary>Segments whose offsets outgrow their base, as cleaners of old brokers left them, are split when they are loaded.</summary>
public sealed class SegmentSplitTests
{
    private const long Far = int.MaxValue;

    private static readonly LogConfig Config = StorageHarness.Small with { CleanupPolicy = CleanupPolicy.Compact };

    [Fact]
    public void A_segment_is_split_at_each_batch_that_does_not_fit_the_part_before()
    {
        var harness = Planted([0, 10, Far, Far + 7, (2 * Far) + 6, (2 * Far) + 8], next: 5 * Far);
        AssertWhole(harness, [0, 10, Far, Far + 7, (2 * Far) + 6, (2 * Far) + 8, 5 * Far], "loaded");
        Assert.Equal([0, Far + 7, (2 * Far) + 8, 5 * Far], Segments(harness));
        Assert.Equal((5 * Far) + 1, harness.Log.LogEndOffset);
    }

    [Fact]
    public void Parts_are_appended_to_cleaned_and_opened_again_as_other_segments_are()
    {
        var harness = Planted([0, Far + 7], next: null);
        Assert.Equal([0, Far + 7], Segments(harness));
        harness.Append(CleanerRun.Batch(("0", "again")));
        harness.Log.Roll();
        CleanerRun.Clean(harness.Log, harness.Environment);
        Assert.Equal([Far + 7, Far + 8], Offsets(harness));
        harness.Close();
        Assert.Equal([Far + 7, Far + 8], Offsets(harness));
    }

    [Fact]
    public void A_segment_that_holds_nothing_near_its_base_is_named_by_its_first_batch()
    {
        var harness = Planted([5 * Far, (5 * Far) + 3], next: 9 * Far);
        AssertWhole(harness, [5 * Far, (5 * Far) + 3, 9 * Far], "loaded");
        Assert.Equal([5 * Far, 9 * Far], Segments(harness));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_closed_segment_with_indexes_is_split_too(bool isClean)
    {
        var harness = Planted([0, 10], next: 3 * Far);
        Assert.Equal([0, 3 * Far], Segments(harness));
        harness.Close();
        harness.WriteFile(PathOf(harness, 0), Content([0, 10, Far + 5]));
        if (!isClean)
        {
            harness.Files.DeleteFile($"{StorageHarness.Root}/{CleanShutdownMarker.FileName}");
        }

        AssertWhole(harness, [0, 10, Far + 5, 3 * Far], "loaded");
        Assert.Equal([0, Far + 5, 3 * Far], Segments(harness));
    }

    [Fact]
    public void What_follows_the_good_batches_stays_behind_the_last_part()
    {
        var harness = Planted([0, Far + 5], next: null, tail: 20);
        Assert.Equal([0, Far + 5], Offsets(harness));
        Assert.Equal([0, Far + 5], Segments(harness));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Whatever_a_crash_leaves_of_a_split_nothing_is_lost(bool isPowerCut)
    {
        long[] offsets = [0, 10, Far + 7, (2 * Far) + 8, (2 * Far) + 9];
        for (var operation = 1; ; operation++)
        {
            Assert.True(operation < 1_000, "the loading never ends");
            var harness = Planted(offsets, next: 5 * Far);
            var isDone = TryLoad(harness, operation);
            if (isPowerCut)
            {
                harness.Crash();
            }
            else
            {
                harness.Kill();
            }

            AssertWhole(harness, [.. offsets, 5 * Far], $"operation {operation}");
            Assert.Equal([0, Far + 7, (2 * Far) + 8, 5 * Far], Segments(harness));
            if (isDone)
            {
                return;
            }
        }
    }

    /// <summary>Loads until the operation of that number, before which the process dies; true where there were fewer.</summary>
    private static bool TryLoad(StorageHarness harness, int fatalOperation)
    {
        var left = fatalOperation;
        harness.Files.Before = (_, _) =>
        {
            if (--left <= 0)
            {
                throw new DeathException();
            }
        };
        try
        {
            harness.Open();
        }
        catch (Exception death) when (death is DeathException or LogDirectoryException)
        {
            Assert.True(left <= 0);
        }

        harness.Files.Before = null;
        return left > 0;
    }

    /// <summary>A log that was closed in order, whose first segment was then replaced by one with these offsets and without indexes.</summary>
    private static StorageHarness Planted(long[] offsets, long? next, int tail = 0)
    {
        var harness = new StorageHarness(Config);
        harness.Append(CleanerRun.Batch(("first", "value")));
        harness.Log.Flush();
        harness.Close();
        foreach (var name in harness.Names(harness.LogPath).Where(name => name != LogFileNames.PartitionMetadata))
        {
            harness.Files.DeleteFile($"{harness.LogPath}/{name}");
        }

        harness.WriteFile(PathOf(harness, 0), [.. Content(offsets), .. new byte[tail]]);
        if (next is { } baseOffset)
        {
            harness.WriteFile(PathOf(harness, baseOffset), Content([baseOffset]));
        }

        harness.Files.SyncDirectory(harness.LogPath);
        return harness;
    }

    private static byte[] Content(long[] offsets) => [.. offsets.SelectMany(offset =>
    {
        var batch = CleanerRun.Batch(($"{offset}", "value"));
        BinaryPrimitives.WriteInt64BigEndian(batch, offset);
        return batch;
    })];

    private static void AssertWhole(StorageHarness harness, long[] offsets, string because)
    {
        Assert.True(harness.Log.Directory.IsOnline, because);
        Assert.True(offsets.SequenceEqual(Offsets(harness)), $"{because}: {string.Join(' ', Offsets(harness))}");
        Assert.DoesNotContain(
            harness.Names(harness.LogPath),
            name => name.EndsWith(LogFileNames.CleanedSuffix, StringComparison.Ordinal)
                || name.EndsWith(LogFileNames.SwapSuffix, StringComparison.Ordinal)
                || name.EndsWith(LogFileNames.DeletedSuffix, StringComparison.Ordinal));
    }

    private static List<long> Offsets(StorageHarness harness) => [.. CleanerRun.Records(harness.Log).Select(record => record.Offset)];

    private static List<long> Segments(StorageHarness harness)
    {
        var bases = new List<long>();
        _ = harness.Log;
        foreach (var name in harness.Names(harness.LogPath).Order(StringComparer.Ordinal))
        {
            if (LogFileNames.IsOffsetFile(name, LogFileNames.LogSuffix, out var offset))
            {
                bases.Add(offset);
            }
        }

        return bases;
    }

    private static string PathOf(StorageHarness harness, long baseOffset) =>
        $"{harness.LogPath}/{LogFileNames.Of(baseOffset, LogFileNames.LogSuffix)}";

    /// <summary>The process is no more: every operation that it still tries throws it again.</summary>
    private sealed class DeathException : Exception;
}
