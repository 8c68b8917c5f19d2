using System.Text;
using Xunit;

namespace ClassicBroker.Storage.Tests;

public sealed class OffsetMapTests
{
    [Fact]
    public void Every_key_has_its_last_offset_and_others_have_none()
    {
        const int Keys = 5000;
        var map = new OffsetMap(OffsetMap.SlotSize * 6000, 0.9, seed: 42);
        map.Clear(long.MaxValue);
        for (var offset = 0; offset < 3 * Keys; offset++)
        {
            map.Put(Key(offset % Keys), offset);
        }

        Assert.Equal(Keys, map.Count);
        Assert.All(Enumerable.Range(0, Keys), key => Assert.Equal((2 * Keys) + key, map.Get(Key(key))));
        Assert.All(Enumerable.Range(Keys, 100), key => Assert.Equal(-1, map.Get(Key(key))));
    }

    [Fact]
    public void The_empty_key_is_a_key()
    {
        var map = new OffsetMap(OffsetMap.SlotSize * 100, 0.9, seed: 0);
        map.Clear(1);

        Assert.Equal(-1, map.Get([]));
        map.Put([], 0);

        Assert.Equal(0, map.Get([]));
    }

    [Fact]
    public void It_is_full_at_its_load_factor_and_empty_when_cleared()
    {
        var map = new OffsetMap(OffsetMap.SlotSize * 100, 0.5, seed: 1);
        map.Clear(long.MaxValue);
        for (var key = 0; key < 50; key++)
        {
            Assert.False(map.IsFull);
            map.Put(Key(key), key);
        }

        map.AdvanceLatestOffset(49);
        Assert.True(map.IsFull);
        Assert.Equal(0.5, map.Utilization);

        map.Clear(long.MaxValue);
        Assert.Equal((0, -1, -1), (map.Count, map.LatestOffset, map.Get(Key(7))));
    }

    [Fact]
    public void A_lookup_ends_even_where_the_load_factor_fills_every_slot()
    {
        var map = new OffsetMap(OffsetMap.SlotSize * 8, 1.0, seed: 1);
        map.Clear(long.MaxValue);
        for (var key = 0; !map.IsFull; key++)
        {
            map.Put(Key(key), key);
        }

        Assert.Equal(7, map.Count);
        Assert.Equal(-1, map.Get(Key(1000)));
    }

    [Fact]
    public void A_key_takes_less_than_24_bytes_at_the_usual_load_factor()
    {
        var map = new OffsetMap(2400, 0.9, seed: 1);
        map.Clear(long.MaxValue);
        while (!map.IsFull)
        {
            map.Put(Key(map.Count), 1);
        }

        Assert.True(map.Count >= 100, $"{map.Count} keys in 2400 bytes");
    }

    private static byte[] Key(int number) => Encoding.UTF8.GetBytes($"key-{number}");
}
