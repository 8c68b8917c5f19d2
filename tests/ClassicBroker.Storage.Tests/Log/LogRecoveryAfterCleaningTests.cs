using System.Globalization;
using System.Text;
using ClassicBroker.Primitives;
using Xunit;

namespace ClassicBroker.Storage.Tests;

/// <summary>Recovery of logs that were compacted once and are no more: their holes are no damage.</summary>
public sealed class LogRecoveryAfterCleaningTests
{
    private const int Batches = 60;

    private static readonly LogConfig Deleted = StorageHarness.Small with { SegmentBytes = 3000 };

    private readonly StorageHarness _harness = new(Deleted with { CleanupPolicy = CleanupPolicy.Compact });

    private string CleanerCheckpoint => $"{StorageHarness.Root}/cleaner-offset-checkpoint";

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_cleaned_log_that_is_compacted_no_more_keeps_everything_after_a_crash(bool isPowerCut)
    {
        var cleaned = CleanAndSwitch();
        _harness.Store.UpdateConfig(StorageHarness.Partition.Topic, Deleted);
        AppendMore(100);
        var written = CleanerRun.Records(_harness.Log);
        _harness.Log.Flush();
        if (isPowerCut)
        {
            _harness.Crash();
        }
        else
        {
            _harness.Kill();
        }

        Assert.True(written.Count > cleaned);
        Assert.Equal(written, CleanerRun.Records(_harness.Log));
        Assert.False(_harness.Log.IsSuspect);
    }

    [Fact]
    public void A_replica_that_copied_a_cleaned_log_keeps_everything_without_a_checkpoint_of_its_own()
    {
        CleanAndSwitch();
        var written = CleanerRun.Records(_harness.Log);
        _harness.Kill();
        _harness.Files.DeleteFile(CleanerCheckpoint);

        Assert.Equal(written, CleanerRun.Records(_harness.Log));
    }

    [Fact]
    public void A_cleaning_that_left_holes_only_between_segments_is_known_by_its_checkpoint()
    {
        var lost = LoseEndOfSecondSegment();
        _harness.WriteFile(CleanerCheckpoint, Encoding.UTF8.GetBytes($"0\n1\ntopic 0 {lost + 1}\n"));

        Assert.Equal(Batches, _harness.Log.LogEndOffset);
    }

    [Fact]
    public void A_checkpoint_speaks_only_for_what_lies_before_it()
    {
        var lost = LoseEndOfSecondSegment();
        _harness.WriteFile(CleanerCheckpoint, "0\n1\ntopic 0 1\n"u8);

        Assert.Equal(lost, _harness.Log.LogEndOffset);
    }

    [Fact]
    public void A_missing_segment_of_a_log_that_was_never_cleaned_ends_it()
    {
        _harness.Config = Deleted;
        AppendMore(Batches);
        var end = Segments()[1];
        _harness.Kill();
        foreach (var suffix in new[] { ".log", ".index", ".timeindex" })
        {
            _harness.Files.DeleteFile(Path.ChangeExtension($"{_harness.LogPath}/{end}", suffix));
        }

        Assert.Equal(BaseOffset(end), _harness.Log.LogEndOffset);
    }

    /// <summary>Compacts a log so that holes lie within and between segments; returns how many records are left.</summary>
    private int CleanAndSwitch()
    {
        for (var i = 0; i < Batches; i++)
        {
            // Kept and superseded ones in turn: each segment begins or ends with one that goes.
            _harness.Append(CleanerRun.Batch((i % 3 == 1 ? $"kept {i}" : "same", TestRecords.Value(i))));
        }

        _harness.Log.Roll();
        CleanerRun.Clean(_harness.Log, _harness.Environment);
        _harness.Config = Deleted;
        Assert.True(Segments().Length > 2);
        return CleanerRun.Records(_harness.Log).Count;
    }

    /// <summary>A log that goes on with the third segment, without the last batch of the second; returns that batch's offset.</summary>
    private long LoseEndOfSecondSegment()
    {
        _harness.Config = Deleted;
        AppendMore(Batches);
        var segments = Segments();
        _harness.Kill();
        var second = $"{_harness.LogPath}/{segments[1]}";
        var content = _harness.ReadFile(second);
        var batch = CleanerRun.Batch(("kept", TestRecords.Value(0))).Length;
        _harness.WriteFile(second, content.AsSpan(0, content.Length - batch));
        return BaseOffset(segments[2]) - 1;
    }

    private void AppendMore(int count)
    {
        for (var i = 0; i < count; i++)
        {
            _harness.Append(CleanerRun.Batch(("kept", TestRecords.Value(i))));
        }
    }

    private static long BaseOffset(string name) => long.Parse(Path.GetFileNameWithoutExtension(name), CultureInfo.InvariantCulture);

    private string[] Segments() =>
        [.. _harness.Names(_harness.LogPath).Where(name => name.EndsWith(".log", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];
}
