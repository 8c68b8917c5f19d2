using System.Buffers.Binary;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;

namespace ClassicBroker.Storage;

/// <summary>The bytes of a producer snapshot (<c>.snapshot</c>): the newest batch of every producer at one offset of the log.</summary>
/// <remarks>
/// <code>
/// 0   version  int16    1
/// 2   crc      uint32   CRC-32C of everything from 6 on
/// 6   count    int32
/// 10  entries, 46 bytes each:
///     0   producerId             int64
///     8   producerEpoch          int16
///     10  lastSequence           int32
///     14  lastOffset             int64   -1 none
///     22  offsetDelta            int32
///     26  timestamp              int64
///     34  coordinatorEpoch       int32   -1 none
///     38  currentTxnFirstOffset  int64   -1 none
/// </code>
/// </remarks>
public static class ProducerSnapshotFile
{
    private const short CurrentVersion = 1;
    private const int CrcOffset = 2;
    private const int CrcStart = 6;
    private const int HeaderSize = 10;
    private const int EntrySize = 46;

    /// <summary>Writes the snapshot. There is no temporary file: a torn one fails its checksum and an older one is taken.</summary>
    internal static void Write(IFileSystem files, string path, IReadOnlyCollection<ProducerEntry> producers, bool sync)
    {
        var content = new byte[HeaderSize + (EntrySize * producers.Count)];
        var writer = new SpanWriter(content);
        writer.WriteInt16(CurrentVersion);
        writer.WriteUInt32(0);
        writer.WriteInt32(producers.Count);
        foreach (var producer in producers)
        {
            writer.WriteInt64(producer.ProducerId);
            writer.WriteInt16(producer.ProducerEpoch);
            writer.WriteInt32(producer.LastSequence);
            writer.WriteInt64(producer.LastOffset);
            writer.WriteInt32(producer.Newest.OffsetDelta);
            writer.WriteInt64(producer.LastTimestamp);
            writer.WriteInt32(producer.CoordinatorEpoch);
            writer.WriteInt64(producer.CurrentTxnFirstOffset);
        }

        BinaryPrimitives.WriteUInt32BigEndian(content.AsSpan(CrcOffset), Crc32C.Compute(content.AsSpan(CrcStart)));
        using var file = files.Open(path, FileOpenMode.Truncate);
        file.Write(content, 0);
        if (sync)
        {
            file.Sync();
        }
    }

    /// <exception cref="MalformedDataException">Version, checksum or length are wrong.</exception>
    public static List<ProducerSnapshotEntry> Read(IFileSystem files, string path)
    {
        using var file = files.Open(path, FileOpenMode.Read);
        var content = new byte[file.Length];
        var reader = new SpanReader(content.AsSpan(0, file.Read(content, 0)));
        if (reader.ReadInt16() is var version && version != CurrentVersion)
        {
            throw new MalformedDataException($"Snapshot {path} has the unknown version {version}");
        }

        if (reader.ReadUInt32() != Crc32C.Compute(content.AsSpan(CrcStart)))
        {
            throw new MalformedDataException($"Snapshot {path} is corrupt (CRC is no longer valid)");
        }

        var count = reader.ReadInt32();
        if (count < 0 || count != reader.Remaining / EntrySize || reader.Remaining % EntrySize != 0)
        {
            throw new MalformedDataException($"Snapshot {path} has room for another number of entries than {count}");
        }

        var entries = new List<ProducerSnapshotEntry>(count);
        for (var i = 0; i < count; i++)
        {
            entries.Add(ReadEntry(ref reader));
        }

        return entries;
    }

    private static ProducerSnapshotEntry ReadEntry(ref SpanReader reader) =>
        new()
        {
            ProducerId = reader.ReadInt64(),
            ProducerEpoch = reader.ReadInt16(),
            LastSequence = reader.ReadInt32(),
            LastOffset = reader.ReadInt64(),
            OffsetDelta = reader.ReadInt32(),
            Timestamp = reader.ReadInt64(),
            CoordinatorEpoch = reader.ReadInt32(),
            CurrentTxnFirstOffset = reader.ReadInt64(),
        };
}
