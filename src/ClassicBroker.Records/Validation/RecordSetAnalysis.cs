using ClassicBroker.Primitives;

namespace ClassicBroker.Records;

/// <summary>
/// What a pass over the batch headers of a set tells before it is appended, by a leader or a follower: sizes, checksums,
/// offsets. Nothing is decompressed.
/// </summary>
public readonly record struct RecordSetAnalysis
{
    /// <summary>Bytes of the whole batches; a partial one behind them is not appended.</summary>
    public int ValidBytes { get; private init; }

    /// <summary>Does a batch of a later leader epoch than allowed follow? It and what is behind it are not part of this.</summary>
    public bool IsEndedByLaterEpoch { get; private init; }

    public int BatchCount { get; private init; }

    /// <summary>Magic of the first batch.</summary>
    public byte Magic { get; private init; }

    /// <summary>Does any batch come from an idempotent or transactional producer?</summary>
    public bool HasProducers { get; private init; }

    /// <summary>Do the batches differ in format or leader epoch, so that it takes a walk to learn where each epoch began?</summary>
    public bool HasEpochChange { get; private init; }

    /// <summary>First offset of the set, where the first batch has v2; -1 where it takes decompression to know.</summary>
    public long FirstOffset { get; private init; }

    public long LastOffsetOfFirstBatch { get; private init; }

    public long LastOffset { get; private init; }

    /// <summary>Leader epoch of the last batch, -1 below v2.</summary>
    public int LastLeaderEpoch { get; private init; }

    public long MaxTimestamp { get; private init; }

    /// <summary>Last offset of the batch with the largest timestamp; -1 where there is none.</summary>
    public long ShallowOffsetOfMaxTimestamp { get; private init; }

    /// <summary>Does every batch end behind the one before it?</summary>
    public bool AreOffsetsMonotonic { get; private init; }

    /// <summary>The codec of the last batch that has one.</summary>
    public CompressionCodec SourceCodec { get; private init; }

    /// <summary>The first offset there is certain knowledge of: what a follower compares with its log end.</summary>
    public long FirstOrLastOffsetOfFirstBatch => FirstOffset >= 0 ? FirstOffset : LastOffsetOfFirstBatch;

    /// <inheritdoc cref="Analyze(in RecordSet, TopicPartition, AppendOrigin, int)"/>
    /// <param name="leaderEpochMax">The set ends for the analysis before the first batch of a later leader epoch.</param>
    public static RecordSetAnalysis Analyze(
        ReadOnlyMemory<byte> records,
        TopicPartition topicPartition,
        AppendOrigin origin,
        int messageSizeMax,
        int leaderEpochMax = int.MaxValue)
    {
        var analysis = Nothing;
        var batches = new BatchIterator(records.Span);
        while (batches.MoveNext())
        {
            if (batches.Current.PartitionLeaderEpoch > leaderEpochMax)
            {
                return analysis with { ValidBytes = (int)batches.Current.Position, IsEndedByLaterEpoch = true };
            }

            CheckBatch(batches.Current, batches.CurrentBytes, topicPartition, origin, messageSizeMax);
            analysis = analysis.With(batches.Current);
        }

        return analysis with { ValidBytes = batches.Consumed };
    }

    /// <param name="records">The set as it came.</param>
    /// <param name="topicPartition">For the sentences of the exceptions.</param>
    /// <param name="origin">A leader's batches are believed in their sizes and offsets.</param>
    /// <param name="messageSizeMax"><c>max.message.bytes</c>.</param>
    /// <exception cref="RecordsException">A batch is broken, too large, or numbered by a client.</exception>
    public static RecordSetAnalysis Analyze(
        in RecordSet records, TopicPartition topicPartition, AppendOrigin origin, int messageSizeMax)
    {
        if (!records.HasBatch || records.HasMore)
        {
            return Analyze(records.Bytes, topicPartition, origin, messageSizeMax);
        }

        var only = records.First;
        CheckBatch(only, records.Bytes.Span, topicPartition, origin, messageSizeMax);
        return Nothing.With(only) with { ValidBytes = only.SizeInBytes };
    }

    private static RecordSetAnalysis Nothing => new()
    {
        FirstOffset = RecordFormat.NoOffset,
        LastOffsetOfFirstBatch = RecordFormat.NoOffset,
        LastOffset = RecordFormat.NoOffset,
        LastLeaderEpoch = RecordFormat.NoPartitionLeaderEpoch,
        MaxTimestamp = RecordFormat.NoTimestamp,
        ShallowOffsetOfMaxTimestamp = RecordFormat.NoOffset,
        AreOffsetsMonotonic = true,
    };

    private static void CheckBatch(
        in BatchHeader batch, ReadOnlySpan<byte> bytes, TopicPartition topicPartition, AppendOrigin origin, int messageSizeMax)
    {
        if (origin == AppendOrigin.Client && batch.Magic >= RecordFormat.MagicV2 && batch.BaseOffset != 0)
        {
            throw new InvalidRecordException(
                $"The baseOffset of the record batch in the append to {topicPartition} should be 0, but it is {batch.BaseOffset}")
            {
                Fault = RecordFault.OffsetOrSequence,
            };
        }

        if (origin != AppendOrigin.Replication && batch.SizeInBytes > messageSizeMax)
        {
            throw TooLarge(batch.SizeInBytes, topicPartition, messageSizeMax);
        }

        if (!BatchChecksum.IsValid(bytes))
        {
            throw new CorruptRecordException(
                $"Record is corrupt (stored crc does not match) in topic partition {topicPartition} at position {batch.Position}.")
            {
                Fault = RecordFault.Checksum,
            };
        }

        RequireKnownCodec(batch);
    }

    /// <summary>Kafka has no code for a codec that does not exist, and answers with that of failures it did not foresee.</summary>
    internal static void RequireKnownCodec(in BatchHeader batch)
    {
        if (batch.Codec > CompressionCodec.Zstd)
        {
            throw new RecordsRefusedException(ErrorCode.UnknownServerError, $"Unknown compression type id: {(byte)batch.Codec}");
        }
    }

    internal static RecordsRefusedException TooLarge(int sizeInBytes, TopicPartition topicPartition, int messageSizeMax) => new(
        ErrorCode.MessageTooLarge,
        $"The record batch size in the append to {topicPartition} is {sizeInBytes} bytes "
        + $"which exceeds the maximum configured value of {messageSizeMax}.");

    private RecordSetAnalysis With(in BatchHeader batch)
    {
        var isFirst = BatchCount == 0;
        var isLatest = batch.MaxTimestamp > MaxTimestamp;
        return this with
        {
            BatchCount = BatchCount + 1,
            Magic = isFirst ? batch.Magic : Magic,
            HasProducers = HasProducers || batch.HasProducerId,
            HasEpochChange = HasEpochChange
                || (!isFirst && (batch.PartitionLeaderEpoch != LastLeaderEpoch || batch.Magic != Magic)),
            FirstOffset = isFirst && batch.Magic >= RecordFormat.MagicV2 ? batch.BaseOffset : FirstOffset,
            LastOffsetOfFirstBatch = isFirst ? batch.LastOffset : LastOffsetOfFirstBatch,
            AreOffsetsMonotonic = AreOffsetsMonotonic && batch.LastOffset > LastOffset,
            LastOffset = batch.LastOffset,
            LastLeaderEpoch = batch.PartitionLeaderEpoch,
            MaxTimestamp = isLatest ? batch.MaxTimestamp : MaxTimestamp,
            ShallowOffsetOfMaxTimestamp = isLatest ? batch.LastOffset : ShallowOffsetOfMaxTimestamp,
            SourceCodec = batch.IsCompressed ? batch.Codec : SourceCodec,
        };
    }
}
