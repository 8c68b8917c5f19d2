namespace ClassicBroker.Records;

/// <summary>
/// What every version of the format shares: the frame around an entry of a log or a message set, and the values that mean "none".
/// </summary>
/// <remarks>
/// <code>
/// 0   offset  int64   v2: base offset; v0/v1: message offset (of a compressed wrapper: of its last inner message)
/// 8   size    int32   bytes after this field
/// 12  …               v2: partition leader epoch; v0/v1: CRC
/// 16  magic   int8    0, 1 or 2
/// </code>
/// </remarks>
public static class RecordFormat
{
    public const int OffsetOffset = 0;
    public const int SizeOffset = 8;
    public const int MagicOffset = 16;

    /// <summary>Offset and size: the bytes that <c>size</c> does not count.</summary>
    public const int LogOverhead = 12;

    /// <summary>The bytes from which size and magic of any entry can be told.</summary>
    public const int PrefixSize = 17;

    /// <summary>The bytes from which <see cref="BatchHeader"/> can be read whatever the magic.</summary>
    public const int MaxHeaderSize = RecordBatchHeader.Size;

    public const byte MagicV0 = 0;
    public const byte MagicV1 = 1;
    public const byte MagicV2 = 2;
    public const byte CurrentMagic = MagicV2;

    public const long NoOffset = -1;
    public const long NoTimestamp = -1;
    public const long NoProducerId = -1;
    public const short NoProducerEpoch = -1;
    public const int NoSequence = -1;
    public const int NoPartitionLeaderEpoch = -1;

    /// <summary>Decompressed bytes one batch may have where nothing else is configured.</summary>
    public const int DefaultDecompressedBytesMax = 128 * 1024 * 1024;
}
