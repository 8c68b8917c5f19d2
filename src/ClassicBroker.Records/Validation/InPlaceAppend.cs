namespace ClassicBroker.Records;

/// <summary>
/// The fast path of <see cref="RecordValidator"/>: format and codec stay, so every record is looked at once and the batch
/// headers are stamped where they lie. Gives up, having changed nothing, where the records of a batch are not numbered 0, 1, 2
/// and so must be rebuilt.
/// </summary>
internal static class InPlaceAppend
{
    /// <summary>Uncompressed batches, in formats 0 and 1 any number of them.</summary>
    public static bool TryPlain(Memory<byte> records, in BatchHeader first, ref RecordChecks checks, out ValidatedRecords validated)
    {
        if (first.Magic >= RecordFormat.MagicV2)
        {
            return TryOnly(records, first, ref checks, out validated);
        }

        validated = default;
        var span = records.Span;
        var nextOffset = 0L;
        var maxTimestamp = RecordFormat.NoTimestamp;
        var offsetOfMaxTimestamp = RecordFormat.NoOffset;
        var recordIndex = 0;
        var batches = new BatchIterator(span);
        while (batches.MoveNext())
        {
            var batch = batches.Current;
            checks.Batch(batch);
            if (!TryRecords(batches.CurrentBytes, batch, ref checks, recordIndex, out var count, out var batchMaxTimestamp))
            {
                return false;
            }

            recordIndex += count;
            nextOffset += count;
            if (batchMaxTimestamp > maxTimestamp)
            {
                maxTimestamp = batchMaxTimestamp;
                offsetOfMaxTimestamp = nextOffset - 1;
            }

            if (!checks.HasErrors)
            {
                Stamp(span.Slice((int)batch.Position, batch.SizeInBytes), batch.Magic, nextOffset - 1, batchMaxTimestamp, checks);
            }
        }

        checks.ThrowIfAnyError();
        validated = Result(records, checks, nextOffset, maxTimestamp, offsetOfMaxTimestamp);
        return true;
    }

    /// <summary>The one compressed batch of a set, of format 1 or later.</summary>
    public static bool TryCompressed(Memory<byte> records, in BatchHeader batch, ref RecordChecks checks, out ValidatedRecords validated) =>
        TryOnly(records, batch, ref checks, out validated);

    private static bool TryOnly(Memory<byte> records, in BatchHeader batch, ref RecordChecks checks, out ValidatedRecords validated)
    {
        validated = default;
        checks.Batch(batch);
        if (!TryRecords(records.Span, batch, ref checks, 0, out var count, out var maxTimestamp))
        {
            return false;
        }

        checks.ThrowIfAnyError();
        var nextOffset = (long)count;
        Stamp(records.Span, batch.Magic, nextOffset - 1, maxTimestamp, checks);
        var offsetOfMaxTimestamp = maxTimestamp == RecordFormat.NoTimestamp ? RecordFormat.NoOffset : nextOffset - 1;
        validated = Result(records, checks, nextOffset, maxTimestamp, offsetOfMaxTimestamp);
        return true;
    }

    /// <summary>Looks at every record of a batch. False where they are not numbered from 0 without a gap.</summary>
    private static bool TryRecords(
        ReadOnlySpan<byte> bytes, in BatchHeader batch, ref RecordChecks checks, int firstIndex, out int count, out long maxTimestamp)
    {
        count = 0;
        maxTimestamp = RecordFormat.NoTimestamp;
        var mustBeNumbered = batch.Magic >= RecordFormat.MagicV2 || batch.IsCompressed;
        // Inside a wrapper the offsets are relative already.
        var baseOffset = batch.Magic >= RecordFormat.MagicV2 ? batch.BaseOffset : 0;
        using var reader = RecordReader.Open(bytes, checks.Settings.DecompressedBytesMax);
        while (reader.MoveNext())
        {
            if (mustBeNumbered && reader.Offset - baseOffset != count)
            {
                return false;
            }

            checks.Record(reader, batch, firstIndex + count);
            maxTimestamp = Math.Max(maxTimestamp, reader.Timestamp);
            count++;
        }

        return true;
    }

    private static void Stamp(Span<byte> batch, byte magic, long lastOffset, long maxTimestamp, in RecordChecks checks)
    {
        var timestamp = checks.StampsLogAppendTime ? checks.Append.NowMs : maxTimestamp;
        if (magic >= RecordFormat.MagicV2)
        {
            RecordBatchHeader.SetLastOffset(batch, lastOffset);
            RecordBatchHeader.SetMaxTimestamp(batch, checks.Settings.TimestampType, timestamp);
            return;
        }

        LegacyMessage.SetOffset(batch, lastOffset);
        if (magic == RecordFormat.MagicV1)
        {
            LegacyMessage.SetTimestamp(batch, checks.Settings.TimestampType, timestamp);
        }
    }

    private static ValidatedRecords Result(
        Memory<byte> records, in RecordChecks checks, long nextOffset, long maxTimestamp, long offsetOfMaxTimestamp)
    {
        var stampsTime = checks.StampsLogAppendTime && checks.Settings.TargetMagic > RecordFormat.MagicV0;
        return new ValidatedRecords
        {
            Records = records,
            Magic = checks.Settings.TargetMagic,
            FirstOffset = 0,
            LastOffset = nextOffset - 1,
            MaxTimestamp = stampsTime ? checks.Append.NowMs : maxTimestamp,
            ShallowOffsetOfMaxTimestamp = stampsTime ? nextOffset - 1 : offsetOfMaxTimestamp,
            RecordCount = (int)nextOffset,
            LogAppendTime = stampsTime ? checks.Append.NowMs : RecordFormat.NoTimestamp,
        };
    }
}
