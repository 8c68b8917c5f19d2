namespace ClassicBroker.Records;

/// <summary>
/// A set of records as a leader appends it, once it has its place. Owned by the caller of the validation, which disposes it when the bytes
/// are written.
/// </summary>
public readonly record struct ValidatedRecords : IDisposable
{
    /// <summary>
    /// What to append: the request's own memory, stamped in place, or a rebuilt copy that lives until <see cref="Dispose"/>.
    /// </summary>
    public required Memory<byte> Records { get; init; }

    /// <summary>The format they are in now.</summary>
    public required byte Magic { get; init; }

    /// <summary>Offset of the first record: 0 until <see cref="At"/> has placed them.</summary>
    public required long FirstOffset { get; init; }

    public required long LastOffset { get; init; }

    public required long MaxTimestamp { get; init; }

    /// <summary>Last offset of the batch with the largest timestamp: what the time index holds. -1 where there is no timestamp.</summary>
    public required long ShallowOffsetOfMaxTimestamp { get; init; }

    public required int RecordCount { get; init; }

    /// <summary>When the leader appended them, where the topic stamps that; -1 for create time.</summary>
    public required long LogAppendTime { get; init; }

    /// <summary>Set where the bytes were rebuilt.</summary>
    internal PooledBuffer? Rebuilt { get; init; }

    /// <summary>Were they converted to another format or codec?</summary>
    public bool IsRebuilt => Rebuilt is not null;

    /// <summary>
    /// Numbers the records from <paramref name="firstOffset"/> on, in the bytes themselves. What changes lies outside every checksum, so
    /// that it costs little under a lock; only a compressed set of format 0 is written again. A set of format 2 has one batch.
    /// </summary>
    public ValidatedRecords At(long firstOffset, int leaderEpoch)
    {
        if (HasOffsetsInside)
        {
            return RenumberInside(firstOffset);
        }

        var shift = firstOffset - FirstOffset;
        var span = Records.Span;
        if (Magic >= RecordFormat.MagicV2)
        {
            RecordBatchHeader.SetBaseOffset(span, new RecordBatchHeader(span).BaseOffset + shift);
            RecordBatchHeader.SetPartitionLeaderEpoch(span, leaderEpoch);
        }
        else
        {
            foreach (var message in new BatchIterator(span))
            {
                LegacyMessage.SetOffset(span[(int)message.Position..], message.LastOffset + shift);
            }
        }

        return this with
        {
            FirstOffset = FirstOffset + shift,
            LastOffset = LastOffset + shift,
            ShallowOffsetOfMaxTimestamp = ShallowOffsetOfMaxTimestamp == RecordFormat.NoOffset
                ? RecordFormat.NoOffset
                : ShallowOffsetOfMaxTimestamp + shift,
        };
    }

    /// <summary>
    /// Does a compressed wrapper of format 0 hold the offsets of its messages as they are? Then they can only be changed by writing it
    /// again. Such a set has always been rebuilt.
    /// </summary>
    private bool HasOffsetsInside =>
        Magic == RecordFormat.MagicV0 && Rebuilt is not null && BatchHeader.TryRead(Records.Span, 0, out var first) && first.IsCompressed;

    private ValidatedRecords RenumberInside(long firstOffset)
    {
        BatchHeader.TryRead(Records.Span, 0, out var wrapper);
        using var builder = new LegacyMessageSetBuilder(RecordFormat.MagicV0, Compression.Of(wrapper.Codec), Records.Length);
        var nextOffset = firstOffset;
        foreach (var batch in new BatchIterator(Records.Span))
        {
            using var reader = RecordReader.Open(Records.Span.Slice((int)batch.Position, batch.SizeInBytes));
            while (reader.MoveNext())
            {
                var record = reader.Current;
                builder.AppendAt(nextOffset++, record.Timestamp, record.Key, record.Value);
            }
        }

        var built = builder.Build();
        Rebuilt!.Truncate(0);
        Rebuilt.Write(built.Span);
        return this with { Records = Rebuilt.Memory, FirstOffset = firstOffset, LastOffset = nextOffset - 1 };
    }

    public void Dispose() => Rebuilt?.Dispose();
}
