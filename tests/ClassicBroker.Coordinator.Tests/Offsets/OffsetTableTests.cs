using ClassicBroker.Coordinator.Offsets;
using ClassicBroker.Primitives;
using ClassicBroker.Testing;

namespace ClassicBroker.Coordinator.Tests.Offsets;

public sealed class OffsetTableTests
{
    private readonly OffsetTable _table = new();

    private static StoredOffset Stored(long offset) => new(new(offset, (int)offset + 1, $"m{offset}", offset + 2, offset + 3), offset + 4);

    [Fact]
    public void A_table_without_entries_finds_nothing()
    {
        Assert.False(_table.TryGet(new("t", 0), out _));
        Assert.False(_table.Remove(new("t", 0)));
        Assert.Empty(_table.Partitions());
        Assert.Equal(0, _table.Count);
    }

    [Fact]
    public void What_is_set_is_found_with_all_its_fields()
    {
        _table.Set(new("t", 3), Stored(1));
        _table.Set(new("t", 3), Stored(5));
        Assert.True(_table.TryGet(new("t", 3), out var found));
        Assert.Equal(Stored(5), found);
        Assert.False(_table.TryGet(new("t", 4), out _));
        Assert.False(_table.TryGet(new("u", 3), out _));
        Assert.Equal(1, _table.Count);
    }

    /// <summary>Sets and removals in any order, beside a dictionary that has the same done to it.</summary>
    [Theory]
    [InlineData(1UL, 3)]
    [InlineData(2UL, 40)]
    [InlineData(3UL, 700)]
    public void Any_changes_leave_what_a_dictionary_would_hold(ulong seed, int partitions)
    {
        var random = new SeededRandomSource(seed);
        var expected = new Dictionary<TopicPartition, StoredOffset>();
        for (var step = 0; step < 10_000; step++)
        {
            var partition = new TopicPartition($"t{random.Next(3)}", random.Next(partitions));

            // Grows for a while, and then shrinks.
            if (random.Next(10_000) >= step)
            {
                _table.Set(partition, Stored(step));
                expected[partition] = Stored(step);
            }
            else
            {
                Assert.Equal(expected.Remove(partition), _table.Remove(partition));
            }

            Assert.Equal(expected.TryGetValue(partition, out var value), _table.TryGet(partition, out var found));
            Assert.Equal(value, found);
            Assert.Equal(expected.Count, _table.Count);
        }

        Assert.Equal(expected.Keys.Order(), _table.Partitions().Order());
        for (var place = 0; place < _table.Count; place++)
        {
            _table.At(place, out var partition, out var stored);
            Assert.Equal(expected[partition], stored);
        }
    }
}
