using System.Buffers.Binary;
using ClassicBroker.Records;

namespace ClassicBroker.Server.Tests.Hostile;

/// <summary>Batches that are wrong in one way each, by what is wrong with them; checksums are right unless they are the fault.</summary>
internal static class HostileBatches
{
    private const int AttributesOffset = 21;
    private const int LastOffsetDeltaOffset = 23;
    private const int RecordCountOffset = 57;

    /// <summary>More than any batch may unfold to.</summary>
    private const int BombBytes = RecordFormat.DefaultDecompressedBytesMax + (1 << 20);

    private static readonly byte[] Zeros = new byte[BombBytes];

    public static byte[] Good(Action<RecordBatchBuilder>? with = null, CompressionCodec codec = CompressionCodec.None)
    {
        using var builder = new RecordBatchBuilder(Compression.Of(codec));
        with?.Invoke(builder);
        for (var i = 0; i < 3; i++)
        {
            builder.Append(1_000 + i, "k"u8, "v"u8);
        }

        return builder.Build().ToArray();
    }

    public static byte[] BadChecksum() => Raw(batch => batch[^1] ^= 1);

    public static byte[] Magic(byte magic) => Raw(batch => batch[RecordFormat.MagicOffset] = magic);

    public static byte[] Length(int length) => Raw(batch => WriteInt32(batch, RecordFormat.SizeOffset, length));

    public static byte[] Codec(byte codec) => Edited(batch => batch[AttributesOffset + 1] = codec);

    /// <summary>A message of format 1 that says it is a wrapper of <paramref name="codec"/>.</summary>
    public static byte[] MessageOfCodec(byte codec)
    {
        var message = new byte[LegacyMessage.SizeOf(RecordFormat.MagicV1, 0, 1)];
        LegacyMessage.Write(message, RecordFormat.MagicV1, codec, 0, 1_000, NullableBytes.Null, "v"u8);
        return message;
    }

    public static byte[] Count(int count) => Edited(batch => WriteInt32(batch, RecordCountOffset, count));

    public static byte[] LastOffsetDelta(int delta) => Edited(batch => WriteInt32(batch, LastOffsetDeltaOffset, delta));

    /// <summary>Count and delta agree, and both lie.</summary>
    public static byte[] CountAndDelta(int count) => Edited(batch =>
    {
        WriteInt32(batch, RecordCountOffset, count);
        WriteInt32(batch, LastOffsetDeltaOffset, count - 1);
    });

    /// <summary>The second of three records says it is the fourth.</summary>
    public static byte[] OffsetDeltas()
    {
        // A record of key and value of one byte: length, attributes, timestamp delta, offset delta, 1, key, 1, value, no headers.
        const int RecordBytes = 9;
        return Edited(batch => batch[RecordBatchHeader.Size + RecordBytes + 3] = 6);
    }

    public static byte[] Control() => new EndTransactionMarker(ControlRecordType.Commit, 0).ToBatch(1, 1, 0);

    public static byte[] Idempotent(long producerId, short epoch, int sequence) => Good(builder =>
        (builder.ProducerId, builder.ProducerEpoch, builder.BaseSequence) = (producerId, epoch, sequence));

    public static byte[] Bomb(CompressionCodec codec)
    {
        using var builder = new RecordBatchBuilder(Compression.Of(codec));
        builder.Append(1_000, default, Zeros);
        return builder.Build().ToArray();
    }

    private static byte[] Raw(Action<byte[]> change)
    {
        var batch = Good();
        change(batch);
        return batch;
    }

    private static byte[] Edited(Action<byte[]> change) => Raw(batch =>
    {
        change(batch);
        RecordBatchHeader.UpdateCrc(batch);
    });

    private static void WriteInt32(byte[] bytes, int offset, int value) =>
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(offset), value);
}
