using Xunit;

namespace ClassicBroker.Storage.Tests;

public sealed class SegmentGroupsTests
{
    private readonly StorageHarness _harness = new(StorageHarness.Small with { CleanupPolicy = CleanupPolicy.Compact });

    [Fact]
    public void Segments_are_grouped_as_long_as_their_sizes_fit_into_one()
    {
        var sizes = AppendSegments(4);

        Assert.Equal([[0L, 1, 2, 3]], Groups(sizes.Sum()));
        Assert.Equal([[0L, 1, 2], [3L]], Groups(sizes.Sum() - 1));
        Assert.Equal([[0L], [1L], [2L], [3L]], Groups(sizes[0]));
    }

    [Fact]
    public void A_segment_joins_by_where_the_next_one_begins_whatever_it_holds()
    {
        foreach (var offset in new[] { 0L, 10, 2L + int.MaxValue })
        {
            _harness.Log.AppendAsFollower(TestRecords.Stored(offset, 0, "x"));
            _harness.Log.Roll();
        }

        // What the third may hold is further from the first one's base than an index can say.
        Assert.Equal([0L, 1, 11], _harness.Log.Compaction.Segments.All[..3].ToArray().Select(segment => segment.BaseOffset));
        Assert.Equal([[0L, 1], [11L]], Groups(100_000));
    }

    private List<int> AppendSegments(int count)
    {
        var sizes = new List<int>();
        for (var i = 0; i < count; i++)
        {
            _harness.Append(CleanerRun.Batch(("key", $"{i}")));
            sizes.Add(_harness.Log.Compaction.Segments.Active.Size);
            _harness.Log.Roll();
        }

        return sizes;
    }

    private List<List<long>> Groups(int segmentBytes)
    {
        var segments = _harness.Log.Compaction.Segments;
        var closed = segments.All[..^1].ToArray();
        return SegmentGroups.Of(closed, _harness.Config with { SegmentBytes = segmentBytes }, segments.Active.BaseOffset)
            .ConvertAll(group => group.ConvertAll(segment => segment.BaseOffset));
    }
}
