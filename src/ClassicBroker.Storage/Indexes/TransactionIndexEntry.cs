using System.Buffers.Binary;

namespace ClassicBroker.Storage;

/// <summary>The bytes of an entry of a transaction index (<c>.txnindex</c>). Stateless.</summary>
/// <remarks>
/// <code>
/// 0   version           int16   0
/// 2   producerId        int64
/// 10  firstOffset       int64
/// 18  lastOffset        int64   of the marker
/// 26  lastStableOffset  int64   after the abort
/// </code>
/// </remarks>
public static class TransactionIndexEntry
{
    public const int Size = 34;

    public const short CurrentVersion = 0;

    private const int ProducerIdOffset = 2;
    private const int FirstOffsetOffset = 10;
    private const int LastOffsetOffset = 18;
    private const int LastStableOffsetOffset = 26;

    public static void Write(Span<byte> entry, AbortedTransaction aborted)
    {
        BinaryPrimitives.WriteInt16BigEndian(entry, CurrentVersion);
        BinaryPrimitives.WriteInt64BigEndian(entry[ProducerIdOffset..], aborted.ProducerId);
        BinaryPrimitives.WriteInt64BigEndian(entry[FirstOffsetOffset..], aborted.FirstOffset);
        BinaryPrimitives.WriteInt64BigEndian(entry[LastOffsetOffset..], aborted.LastOffset);
        BinaryPrimitives.WriteInt64BigEndian(entry[LastStableOffsetOffset..], aborted.LastStableOffset);
    }

    /// <summary>Reads an entry as it is; what its version and offsets are worth is the reader's to judge.</summary>
    public static (short Version, AbortedTransaction Aborted) Read(ReadOnlySpan<byte> entry) =>
        (
            BinaryPrimitives.ReadInt16BigEndian(entry),
            new AbortedTransaction(
                BinaryPrimitives.ReadInt64BigEndian(entry[ProducerIdOffset..]),
                BinaryPrimitives.ReadInt64BigEndian(entry[FirstOffsetOffset..]),
                BinaryPrimitives.ReadInt64BigEndian(entry[LastOffsetOffset..]),
                BinaryPrimitives.ReadInt64BigEndian(entry[LastStableOffsetOffset..])));
}
