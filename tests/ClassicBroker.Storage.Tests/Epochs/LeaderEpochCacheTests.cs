using System.Text;
using ClassicBroker.Primitives;
using Xunit;

namespace ClassicBroker.Storage.Tests;

public sealed class LeaderEpochCacheTests
{
    private readonly StorageHarness _harness = new();
    private readonly PartitionDirectory _directory;
    private readonly LeaderEpochCache _cache;

    public LeaderEpochCacheTests()
    {
        _harness.Files.CreateDirectory("/data/p-0");
        _directory = new PartitionDirectory(_harness.Environment, "/data/p-0");
        _cache = LeaderEpochCache.Load(_directory);
    }

    [Fact]
    public void Assign_keeps_the_first_start_of_an_epoch()
    {
        Assign((1, 0), (1, 5), (2, 7));

        Assert.Equal("0\n2\n1 0\n2 7\n", Content);
    }

    [Fact]
    public void Assign_removes_what_contradicts_it()
    {
        Assign((1, 0), (2, 7), (3, 9), (5, 20));
        Assign((4, 7));

        Assert.Equal("0\n2\n1 0\n4 7\n", Content);
    }

    [Fact]
    public void An_unknown_epoch_is_not_assigned()
    {
        Assign((-1, 0));

        Assert.Empty(_cache.Entries);
    }

    [Theory]
    [InlineData(-1, -1, -1)]
    [InlineData(0, 0, 10)]
    [InlineData(2, 2, 20)]
    [InlineData(3, 2, 20)]
    [InlineData(5, 5, 99)]
    [InlineData(6, -1, -1)]
    public void End_offsets_follow_kip_101_and_279(int requested, int epoch, long endOffset)
    {
        Assign((2, 10), (4, 20), (5, 30));

        Assert.Equal(new EpochEndOffset(new(epoch), endOffset), _cache.EndOffsetFor(new(requested), logEndOffset: 99));
    }

    [Fact]
    public void Nothing_is_known_of_an_empty_cache() =>
        Assert.Equal(EpochEndOffset.Undefined, _cache.EndOffsetFor(new(0), 5));

    [Fact]
    public void Truncation_from_the_end_drops_what_began_there()
    {
        Assign((1, 0), (2, 10), (3, 20));

        _cache.TruncateFromEnd(10);

        Assert.Equal("0\n1\n1 0\n", Content);
    }

    [Theory]
    [InlineData(5, "0\n3\n1 5\n2 10\n3 20\n")]
    [InlineData(10, "0\n2\n2 10\n3 20\n")]
    [InlineData(15, "0\n2\n2 15\n3 20\n")]
    [InlineData(50, "0\n1\n3 50\n")]
    public void Truncation_from_the_start_keeps_the_epoch_it_lies_in(long start, string content)
    {
        Assign((1, 0), (2, 10), (3, 20));

        _cache.TruncateFromStart(start);

        Assert.Equal(content, Content);
    }

    [Fact]
    public void A_checkpoint_comes_back_and_one_out_of_order_is_put_in_order()
    {
        Assign((1, 0), (2, 10));
        Assert.Equal(_cache.Entries, LeaderEpochCache.Load(_directory).Entries);

        _harness.WriteFile("/data/p-0/leader-epoch-checkpoint", "0\n3\n1 0\n5 30\n2 10\n"u8);

        Assert.Equal([new EpochEntry(new(1), 0), new EpochEntry(new(2), 10)], LeaderEpochCache.Load(_directory).Entries);
    }

    private string Content => Encoding.UTF8.GetString(_harness.ReadFile("/data/p-0/leader-epoch-checkpoint"));

    private void Assign(params (int Epoch, long Start)[] entries)
    {
        foreach (var (epoch, start) in entries)
        {
            _cache.Assign(new LeaderEpoch(epoch), start);
        }
    }
}
