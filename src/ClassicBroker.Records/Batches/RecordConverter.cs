using System.Buffers.Binary;

namespace ClassicBroker.Records;

/// <summary>
/// Rewrites stored batches for consumers too old to read them (KIP-31, KIP-98): drops headers, transactions and, below format
/// 1, timestamps. Offsets stay.
/// Threading: any thread.
/// </summary>
public static class RecordConverter
{
    /// <summary>The least size an overflow message gives itself: a batch header's.</summary>
    private const int OverflowSizeMin = RecordBatchHeader.Size;

    /// <summary>Must <paramref name="records"/> be converted before a reader of <paramref name="targetMagic"/> gets them?</summary>
    public static bool IsNeeded(ReadOnlySpan<byte> records, byte targetMagic)
    {
        foreach (var batch in new BatchIterator(records))
        {
            if (batch.Magic > targetMagic)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>
    /// Appends <paramref name="records"/> to <paramref name="destination"/> in a format of at most
    /// <paramref name="targetMagic"/>.
    /// </summary>
    /// <param name="records">Batches as stored; a partial one at the end is left out.</param>
    /// <param name="targetMagic">0 or 1.</param>
    /// <param name="fetchOffset">Records of uncompressed batches before it are left out.</param>
    /// <param name="destination">Holds what it held before where this throws.</param>
    /// <param name="decompressedBytesMax">Where the decompression of one batch gives up.</param>
    /// <returns>How many records were rewritten.</returns>
    /// <exception cref="CodecUnavailableException">The first batch is a zstd one, which old readers cannot be given; before a later one
    /// the conversion ends.</exception>
    public static int DownConvert(
        ReadOnlySpan<byte> records,
        byte targetMagic,
        long fetchOffset,
        PooledBuffer destination,
        int decompressedBytesMax = RecordFormat.DefaultDecompressedBytesMax)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(targetMagic, RecordFormat.MagicV1);
        var before = destination.Length;
        var converted = 0;
        try
        {
            foreach (var batch in new BatchIterator(records))
            {
                if (batch.Codec == CompressionCodec.Zstd)
                {
                    RequireSomethingBefore(batch);
                    break;
                }

                var bytes = records.Slice((int)batch.Position, batch.SizeInBytes);
                if (batch.Magic <= targetMagic)
                {
                    destination.Write(bytes);
                }
                else if (!batch.IsControl)
                {
                    converted += Convert(batch, bytes, targetMagic, fetchOffset, destination, decompressedBytesMax);
                }
            }
        }
        catch (RecordsException)
        {
            destination.Truncate(before);
            throw;
        }

        return converted;
    }

    /// <summary>
    /// Fills what is left of a response whose size was announced before conversion made it smaller, with the start of a message
    /// that claims to go on behind the end: old consumers take it for a partial one and ignore it.
    /// </summary>
    public static void WriteOverflowMessage(Span<byte> remaining)
    {
        Span<byte> frame = stackalloc byte[RecordFormat.LogOverhead];
        BinaryPrimitives.WriteInt64BigEndian(frame, RecordFormat.NoOffset);
        BinaryPrimitives.WriteInt32BigEndian(frame[RecordFormat.SizeOffset..], Math.Max(remaining.Length + 1, OverflowSizeMin));
        remaining.Clear();
        frame[..Math.Min(frame.Length, remaining.Length)].CopyTo(remaining);
    }

    private static void RequireSomethingBefore(in BatchHeader batch)
    {
        if (batch.Position == 0)
        {
            throw new CodecUnavailableException(
                CompressionCodec.Zstd, "Down-conversion of zstandard-compressed batches is not supported");
        }
    }

    private static int Convert(
        in BatchHeader batch,
        ReadOnlySpan<byte> bytes,
        byte targetMagic,
        long fetchOffset,
        PooledBuffer destination,
        int decompressedBytesMax)
    {
        using var builder = new LegacyMessageSetBuilder(targetMagic, Compression.Of(batch.Codec), bytes.Length)
        {
            LogAppendTimeMs = batch.TimestampType == TimestampType.LogAppendTime ? batch.MaxTimestamp : null,
        };
        using var reader = RecordReader.Open(bytes, decompressedBytesMax);
        while (reader.MoveNext())
        {
            if (batch.IsCompressed || reader.Offset >= fetchOffset)
            {
                var record = reader.Current;
                builder.AppendAt(record.Offset, record.Timestamp, record.Key, record.Value);
            }
        }

        destination.Write(builder.Build().Span);
        return builder.RecordCount;
    }
}
