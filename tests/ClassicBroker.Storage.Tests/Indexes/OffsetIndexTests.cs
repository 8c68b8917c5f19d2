using Xunit;

namespace ClassicBroker.Storage.Tests;

public sealed class OffsetIndexTests : IDisposable
{
    private const long BaseOffset = 1000;
    private const int Entries = 3000;

    private readonly StorageHarness _harness = new();
    private readonly PartitionDirectory _directory;
    private OffsetIndex _index;

    public OffsetIndexTests()
    {
        _harness.Files.CreateDirectory("/data/p-0");
        _directory = new PartitionDirectory(_harness.Environment, "/data/p-0");
        _index = new OffsetIndex(_directory, BaseOffset, 8 * 5000, 0, isOnDisk: false);
        _index.Preallocate(8 * 5000);
    }

    public void Dispose() => _index.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Lookup_finds_the_greatest_entry_not_above_in_memory_and_on_disk(bool isReopened)
    {
        Fill();
        if (isReopened)
        {
            Reopen();
        }

        Assert.Equal(new OffsetPosition(BaseOffset, 0), _index.Lookup(BaseOffset + 1));
        for (var i = 0; i < Entries; i++)
        {
            var expected = new OffsetPosition(OffsetOf(i), PositionOf(i));
            Assert.Equal(expected, _index.Lookup(OffsetOf(i)));
            Assert.Equal(expected, _index.Lookup(OffsetOf(i) + 1));
        }

        Assert.Equal(new OffsetPosition(OffsetOf(7), PositionOf(7)), _index.FirstAtOrAfter(PositionOf(7)));
        Assert.Equal(new OffsetPosition(OffsetOf(8), PositionOf(8)), _index.FirstAtOrAfter(PositionOf(7) + 1));
        Assert.Null(_index.FirstAtOrAfter(PositionOf(Entries)));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(500)]
    [InlineData(2500)]
    [InlineData(2999)]
    [InlineData(3000)]
    public void Truncation_keeps_what_lies_below_and_appends_go_on(int kept)
    {
        Fill();
        _index.TruncateTo(OffsetOf(kept));
        Assert.Equal(kept, _index.Count);

        _index.Append(OffsetOf(kept) + 1, 7_000_000);

        Assert.Equal(new OffsetPosition(OffsetOf(kept) + 1, 7_000_000), _index.LastEntry);
        Reopen();
        Assert.Equal(kept + 1, _index.Count);
        Assert.Equal(new OffsetPosition(OffsetOf(kept) + 1, 7_000_000), _index.LastEntry);
    }

    [Fact]
    public void File_is_preallocated_while_active_and_trimmed_after()
    {
        _index.Append(BaseOffset + 5, 100);
        _index.Sync();
        var path = "/data/p-0/00000000000000001000.index";
        Assert.Equal(8 * 5000, _harness.ReadFile(path).Length);
        Assert.Equal([0, 0, 0, 5, 0, 0, 0, 100, 0, 0, 0, 0], _harness.ReadFile(path)[..12]);

        _index.Trim();

        Assert.Equal([0, 0, 0, 5, 0, 0, 0, 100], _harness.ReadFile(path));
    }

    [Fact]
    public void An_untrimmed_file_is_not_sane()
    {
        _index.Append(BaseOffset + 5, 100);
        _index.Sync();
        Reopen(trim: false);

        Assert.False(_index.IsSane(logSize: 1000));
        _index.Reset();
        Assert.True(_index.IsSane(logSize: 1000));
    }

    [Fact]
    public void Full_means_the_room_is_used_up()
    {
        _index.Preallocate(20);
        _index.Append(BaseOffset + 1, 1);
        Assert.False(_index.IsFull);
        _index.Append(BaseOffset + 2, 2);
        Assert.True(_index.IsFull);
    }

    private static long OffsetOf(int entry) => BaseOffset + 10 + (3L * entry);

    private static int PositionOf(int entry) => 100 + (50 * entry);

    private void Fill()
    {
        for (var i = 0; i < Entries; i++)
        {
            _index.Append(OffsetOf(i), PositionOf(i));
        }
    }

    private void Reopen(bool trim = true)
    {
        if (trim)
        {
            _index.Trim();
        }

        _index.Dispose();
        var length = _harness.ReadFile("/data/p-0/00000000000000001000.index").Length;
        _index = new OffsetIndex(_directory, BaseOffset, 8 * 5000, length, isOnDisk: true);
    }
}
