using Xunit;

namespace ClassicBroker.Storage.Tests;

public sealed class TransactionIndexTests : IDisposable
{
    private const string File = "/data/p-0/00000000000000000000.txnindex";

    private readonly StorageHarness _harness = new();
    private readonly PartitionDirectory _directory;
    private readonly TransactionIndex _index;

    public TransactionIndexTests()
    {
        _harness.Files.CreateDirectory("/data/p-0");
        _directory = new PartitionDirectory(_harness.Environment, "/data/p-0");
        _index = new TransactionIndex(_directory, 0, isOnDisk: false);
    }

    public void Dispose() => _index.Dispose();

    [Fact]
    public void There_is_no_file_before_the_first_abort()
    {
        Assert.Equal([], Collect(_index, 0, 100));
        Assert.False(_harness.Files.FileExists(File));
    }

    [Fact]
    public void Collect_takes_what_touches_the_range_and_stops_where_nothing_later_can()
    {
        Fill();

        Assert.Equal([1, 2, 3], Collect(_index, 0, 100));
        Assert.Equal([2, 3], Collect(_index, 12, 100));
        Assert.Equal([1], Collect(_index, 0, 5));
        Assert.True(_index.Collect(0, 5, []));
        Assert.False(_index.Collect(0, 100, []));
    }

    [Fact]
    public void Entries_come_back_from_the_file_without_a_torn_last_one()
    {
        Fill();
        _index.Dispose();
        _harness.WriteFile(File, [.. _harness.ReadFile(File), 0, 0, 1]);
        using var reopened = new TransactionIndex(_directory, 0, isOnDisk: true);

        Assert.True(reopened.IsSane());
        Assert.Equal([1, 2, 3], Collect(reopened, 0, 100));
    }

    [Fact]
    public void Truncation_cuts_by_the_offset_of_the_marker()
    {
        Fill();

        _index.TruncateTo(20);

        Assert.Equal([1], Collect(_index, 0, 100));
        Assert.Equal(34, _harness.ReadFile(File).Length);
    }

    [Theory]
    [InlineData(0, 5)]
    [InlineData(52, 0)]
    public void Foreign_content_is_not_sane(int position, byte value)
    {
        Fill();
        _index.Dispose();
        var bytes = _harness.ReadFile(File);
        bytes[position] = value;
        bytes.AsSpan(52, 8).Fill(value);
        _harness.WriteFile(File, bytes);
        using var reopened = new TransactionIndex(_directory, 0, isOnDisk: true);

        Assert.False(reopened.IsSane());
    }

    private static List<long> Collect(TransactionIndex index, long from, long to)
    {
        var found = new List<AbortedTransaction>();
        index.Collect(from, to, found);
        return [.. found.Select(aborted => aborted.ProducerId)];
    }

    private void Fill()
    {
        _index.Append(new(1, 2, 10, 8));
        _index.Append(new(2, 8, 20, 15));
        _index.Append(new(3, 15, 30, 31));
    }
}
