using System.Buffers.Binary;
using ClassicBroker.Primitives;
using ClassicBroker.Records;
using ClassicBroker.Simulation.Clusters;
using ClassicBroker.Storage;

namespace ClassicBroker.Simulation.Runs;

/// <summary>
/// What has ever been committed in one partition: the batches below any leader's high watermark, by their last offset and content. All
/// replicas must agree with it below their own high watermark (W6), with the epochs they have cached (W7), and a leader
/// must have all of it (W3). Threading: the test's thread.
/// </summary>
internal sealed class CommittedLog(TopicPartition partition) : ICommittedLog
{
    private readonly Dictionary<long, ulong> _batches = [];
    private readonly Dictionary<int, (PartitionLog Log, long Checked)> _seen = [];
    private readonly CachedEpochs _epochs = new(partition);

    public TopicPartition Partition => partition;

    public long End { get; private set; }

    public void Look(SimulatedBroker broker, PartitionLog log)
    {
        if (!log.Directory.IsOnline)
        {
            // Its disk has failed, and the broker is about to give it up: it lets itself be read no more.
            return;
        }

        var highWatermark = log.HighWatermark;
        if (!_seen.TryGetValue(broker.Id, out var seen) || seen.Log != log || highWatermark < seen.Checked)
        {
            seen = (log, 0);
            _epochs.Begin(broker);
        }

        if (highWatermark > seen.Checked)
        {
            seen = (log, Compare(broker, log, Math.Max(seen.Checked, log.LogStartOffset), highWatermark));
        }

        _seen[broker.Id] = seen;
        _epochs.Check(broker, log);
    }

    private long Compare(SimulatedBroker broker, PartitionLog log, long from, long highWatermark)
    {
        var checkedTo = from;
        foreach (var (header, hash) in ReadableBatches(broker, log, from))
        {
            var lastOffset = header.LastOffset;
            if (lastOffset >= highWatermark)
            {
                break;
            }

            _epochs.Note(broker, header);

            // One that was deleted before its leader was looked at is known from the next replica that still has it.
            if (!_batches.TryAdd(lastOffset, hash) && _batches[lastOffset] != hash)
            {
                throw new InvariantBrokenException(
                    "W6", $"broker {broker.Id} holds another batch than was committed in {partition} up to offset {lastOffset}");
            }

            End = Math.Max(End, lastOffset + 1);
            checkedTo = lastOffset + 1;
        }

        return checkedTo;
    }

    private List<(BatchHeader Header, ulong Hash)> ReadableBatches(SimulatedBroker broker, PartitionLog log, long from)
    {
        try
        {
            return [.. Reads(log, from).SelectMany(BatchesOf)];
        }
        catch (CorruptRecordException corrupt)
        {
            throw new InvariantBrokenException("W6", $"the log of {partition} on broker {broker.Id} cannot be read: {corrupt.Message}");
        }
    }

    /// <summary>The batches from one that begins at an offset on, as far as the log goes.</summary>
    public static IEnumerable<(long LastOffset, ulong Hash)> Batches(PartitionLog log, long from) =>
        Reads(log, from).SelectMany(BatchesOf).Select(batch => (batch.Header.LastOffset, batch.Hash));

    /// <summary>The same, as bytes of several batches.</summary>
    public static IEnumerable<byte[]> Reads(PartitionLog log, long from)
    {
        while (from < log.LogEndOffset)
        {
            var read = log.Read(from, 1 << 20, FetchIsolation.LogEnd, minOneMessage: true);
            if (read.Records is not { } region)
            {
                yield break;
            }

            var bytes = new byte[region.Length];
            region.File.Read(bytes, region.Position);
            region.File.Release();
            yield return bytes;
            from = EndOf(bytes, from);
        }
    }

    private static long EndOf(byte[] bytes, long from)
    {
        var end = from;
        foreach (var batch in new BatchIterator(bytes))
        {
            end = batch.NextOffset;
        }

        return end > from ? end : throw new CorruptRecordException($"there is no batch at {from}");
    }

    private static List<(BatchHeader Header, ulong Hash)> BatchesOf(byte[] bytes)
    {
        var batches = new List<(BatchHeader, ulong)>();
        foreach (var batch in new BatchIterator(bytes))
        {
            batches.Add((batch, HashOf(bytes.AsSpan((int)batch.Position, batch.SizeInBytes))));
        }

        return batches;
    }

    private static ulong HashOf(ReadOnlySpan<byte> bytes)
    {
        const ulong Offset = 14695981039346656037, Prime = 1099511628211;
        const int MixShift = 29;
        var hash = Offset;
        for (; bytes.Length >= sizeof(ulong); bytes = bytes[sizeof(ulong)..])
        {
            hash = unchecked((hash ^ BinaryPrimitives.ReadUInt64LittleEndian(bytes)) * Prime);
            hash ^= hash >> MixShift;
        }

        foreach (var value in bytes)
        {
            hash = unchecked((hash ^ value) * Prime);
        }

        return hash;
    }
}
