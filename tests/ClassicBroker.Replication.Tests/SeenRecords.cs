using System.Collections.Concurrent;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Records;
using ClassicBroker.Storage;

namespace ClassicBroker.Replication.Tests;

/// <summary>What consumers have seen of a log: it never changes. Threading: any thread.</summary>
internal sealed class SeenRecords
{
    private const int ReadBytes = 2000;

    private readonly ConcurrentDictionary<long, uint> _hashes = new();

    /// <summary>The log's bytes from <paramref name="offset"/> on; the last batch may be cut off.</summary>
    public static byte[] Read(PartitionLog log, long offset)
    {
        var read = log.Read(offset, ReadBytes, FetchIsolation.LogEnd, minOneMessage: true);
        if (read.Records is not { } region)
        {
            return [];
        }

        var bytes = new byte[region.Length];
        var count = region.File.Read(bytes, region.Position);
        region.File.Release();
        return bytes[..count];
    }

    /// <summary>Whole batches below <paramref name="highWatermark"/> are intact, and the same for every reader.</summary>
    public void Note(byte[] bytes, long highWatermark)
    {
        var batches = new BatchIterator(bytes);
        while (batches.MoveNext())
        {
            var batch = batches.Current;
            if (batch.LastOffset >= highWatermark)
            {
                break;
            }

            Require(BatchChecksum.IsValid(batches.CurrentBytes), $"batch {batch.BaseOffset} is damaged");
            var hash = Crc32C.Compute(batches.CurrentBytes);
            Require(_hashes.GetOrAdd(batch.BaseOffset, hash) == hash, $"batch {batch.BaseOffset} has changed");
        }
    }

    private static void Require(bool isMet, string otherwise)
    {
        if (!isMet)
        {
            throw new InvariantViolatedException(otherwise);
        }
    }
}
