using System.Numerics;

namespace ClassicBroker.Metadata.Znodes;

/// <summary>
/// The order in which Kafka writes the keys of a config znode: that of the buckets of the hash table they were held in, so that a znode
/// holds the same bytes whichever broker wrote it.
/// </summary>
internal static class KafkaKeyOrder
{
    private const int TableSizeMin = 16;

    /// <summary>The entries sorted by the bucket of their key's Java hash, in a table as large as Java makes it for so many.</summary>
    public static IEnumerable<KeyValuePair<string, string>> Sort(IReadOnlyDictionary<string, string> config)
    {
        var mask = TableSize(config.Count) - 1;
        return config
            .OrderBy(entry => entry.Key, StringComparer.Ordinal)
            .Select((entry, index) => (Entry: entry, Bucket: Spread(entry.Key) & mask, Index: index))
            .OrderBy(item => item.Bucket)
            .ThenBy(item => item.Index)
            .Select(item => item.Entry);
    }

    /// <summary>A table is doubled until three quarters of it hold half as many again.</summary>
    private static int TableSize(int count)
    {
        var wanted = (long)BitOperations.RoundUpToPowerOf2((uint)(count + (count >> 1) + 1));
        var size = (long)TableSizeMin;
        while (wanted > size - (size >> 2))
        {
            size *= 2;
        }

        return (int)size;
    }

    private static int Spread(string key)
    {
        var hash = 0;
        foreach (var unit in key)
        {
            hash = unchecked((31 * hash) + unit);
        }

        return (hash ^ (int)((uint)hash >> 16)) & int.MaxValue;
    }
}
