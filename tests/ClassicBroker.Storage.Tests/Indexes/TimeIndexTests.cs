using Xunit;

namespace ClassicBroker.Storage.Tests;

public sealed class TimeIndexTests : IDisposable
{
    private readonly StorageHarness _harness = new();
    private readonly TimeIndex _index;

    public TimeIndexTests()
    {
        _harness.Files.CreateDirectory("/data/p-0");
        _index = new TimeIndex(new PartitionDirectory(_harness.Environment, "/data/p-0"), 100, 12 * 2000, 0, isOnDisk: false);
        _index.Preallocate(12 * 2000);
    }

    public void Dispose() => _index.Dispose();

    [Fact]
    public void Only_larger_timestamps_are_added()
    {
        _index.TryAppend(-1, 100);
        _index.TryAppend(10, 101);
        _index.TryAppend(10, 102);
        _index.TryAppend(9, 103);
        _index.TryAppend(11, 104);

        Assert.Equal(2, _index.Count);
        Assert.Equal(new TimestampOffset(11, 104), _index.LastEntry);
    }

    [Fact]
    public void Lookup_finds_the_greatest_entry_not_above()
    {
        for (var i = 0; i < 1500; i++)
        {
            _index.TryAppend(1000 + (10 * i), 100 + i);
        }

        Assert.Equal(new TimestampOffset(-1, 100), _index.Lookup(999));
        for (var i = 0; i < 1500; i++)
        {
            Assert.Equal(new TimestampOffset(1000 + (10 * i), 100 + i), _index.Lookup(1000 + (10 * i) + 9));
        }
    }

    [Fact]
    public void The_last_slot_is_kept_for_the_final_entry()
    {
        _index.Preallocate(36);
        _index.TryAppend(1, 101);
        _index.TryAppend(2, 102);
        Assert.True(_index.IsFull);
        _index.TryAppend(3, 103);
        Assert.Equal(2, _index.Count);

        _index.TryAppend(3, 103, isFinal: true);

        Assert.Equal(3, _index.Count);
    }

    [Fact]
    public void Truncation_goes_by_offset()
    {
        _index.TryAppend(10, 101);
        _index.TryAppend(20, 105);
        _index.TryAppend(30, 109);

        _index.TruncateTo(105);

        Assert.Equal(new TimestampOffset(10, 101), _index.LastEntry);
    }
}
