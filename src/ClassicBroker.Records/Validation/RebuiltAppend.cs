namespace ClassicBroker.Records;

/// <summary>
/// The slow path of <see cref="RecordValidator"/>: reads every record and writes it again in the topic's format and codec,
/// numbered again. What identifies an idempotent producer is kept.
/// </summary>
internal static class RebuiltAppend
{
    private delegate void AddRecord(long offset, in Record record);

    public static ValidatedRecords Rebuild(ReadOnlySpan<byte> records, Compression target, ref RecordChecks checks)
    {
        // A first attempt in place may have found faults; this pass finds them all again, in order.
        checks = new RecordChecks(checks.Settings, checks.Append, records[RecordFormat.MagicOffset]);
        return checks.Settings.TargetMagic >= RecordFormat.MagicV2
            ? ToBatch(records, target, ref checks)
            : ToMessageSet(records, target, ref checks);
    }

    private static ValidatedRecords ToBatch(ReadOnlySpan<byte> records, Compression target, ref RecordChecks checks)
    {
        using var builder = new RecordBatchBuilder(target, records.Length + RecordBatchHeader.Size);
        Prepare(builder, records, checks);
        var nextOffset = CopyRecords(
            records,
            ref checks,
            (long offset, in Record record) => builder.AppendAt(offset, record.Timestamp, record.Key, record.Value, record.Headers));
        RequireRecords(builder.RecordCount);
        var maxTimestamp = builder.MaxTimestamp;
        return Result(builder.Build(), checks, nextOffset, maxTimestamp, maxTimestamp < 0 ? RecordFormat.NoOffset : nextOffset - 1);
    }

    private static void Prepare(RecordBatchBuilder builder, ReadOnlySpan<byte> records, in RecordChecks checks)
    {
        var batches = new BatchIterator(records);
        batches.MoveNext();
        var first = batches.Current;
        builder.BaseOffset = 0;
        builder.ProducerId = first.ProducerId;
        builder.ProducerEpoch = first.ProducerEpoch;
        builder.BaseSequence = first.BaseSequence;
        builder.IsTransactional = first.IsTransactional;
        builder.IsControl = first.IsControl;
        builder.LogAppendTimeMs = checks.StampsLogAppendTime ? checks.Append.NowMs : null;
    }

    private static ValidatedRecords ToMessageSet(ReadOnlySpan<byte> records, Compression target, ref RecordChecks checks)
    {
        using var builder = new LegacyMessageSetBuilder(checks.Settings.TargetMagic, target, records.Length)
        {
            LogAppendTimeMs = checks.StampsLogAppendTime ? checks.Append.NowMs : null,
        };
        var nextOffset = CopyRecords(
            records,
            ref checks,
            (long offset, in Record record) => builder.AppendAt(offset, record.Timestamp, record.Key, record.Value));
        RequireRecords(builder.RecordCount);
        return Result(builder.Build(), checks, nextOffset, builder.MaxTimestamp, builder.ShallowOffsetOfMaxTimestamp);
    }

    /// <summary>Checks every record and adds it under its new offset. Returns the offset behind the last.</summary>
    private static long CopyRecords(ReadOnlySpan<byte> records, ref RecordChecks checks, AddRecord add)
    {
        var nextOffset = 0L;
        var index = 0;
        foreach (var batch in new BatchIterator(records))
        {
            checks.Batch(batch);
            var bytes = records.Slice((int)batch.Position, batch.SizeInBytes);
            using var reader = RecordReader.Open(bytes, checks.Settings.DecompressedBytesMax);
            while (reader.MoveNext())
            {
                checks.Record(reader, batch, index++);
                if (!checks.HasErrors)
                {
                    add(nextOffset++, reader.Current);
                }
            }
        }

        checks.ThrowIfAnyError();
        return nextOffset;
    }

    private static void RequireRecords(int count)
    {
        if (count == 0)
        {
            throw new InvalidRecordException("Record batch has no records at all");
        }
    }

    private static ValidatedRecords Result(
        Memory<byte> built, in RecordChecks checks, long nextOffset, long maxTimestamp, long offsetOfMaxTimestamp)
    {
        foreach (var batch in new BatchIterator(built.Span))
        {
            if (batch.SizeInBytes > checks.Settings.MessageSizeMax)
            {
                throw RecordSetAnalysis.TooLarge(batch.SizeInBytes, checks.Settings.TopicPartition, checks.Settings.MessageSizeMax);
            }
        }

        var copy = new PooledBuffer(built.Length);
        copy.Write(built.Span);
        var stampsTime = checks.StampsLogAppendTime && checks.Settings.TargetMagic > RecordFormat.MagicV0;
        return new ValidatedRecords
        {
            Records = copy.Memory,
            Rebuilt = copy,
            Magic = checks.Settings.TargetMagic,
            FirstOffset = 0,
            LastOffset = nextOffset - 1,
            MaxTimestamp = maxTimestamp,
            ShallowOffsetOfMaxTimestamp = offsetOfMaxTimestamp,
            RecordCount = (int)nextOffset,
            LogAppendTime = stampsTime ? checks.Append.NowMs : RecordFormat.NoTimestamp,
        };
    }
}
