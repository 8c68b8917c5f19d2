using ClassicBroker.Primitives;

namespace ClassicBroker.Records;

/// <summary>
/// The rules that batches and records of one append must meet, and the errors found so far. Made for each append.
/// </summary>
internal struct RecordChecks(RecordValidationSettings settings, LeaderAppend append, byte magic)
{
    private RecordErrors _errors;
    private string? _missingKey;

    public readonly RecordValidationSettings Settings => settings;

    public readonly LeaderAppend Append => append;

    public readonly bool HasErrors => !_errors.IsEmpty;

    public readonly bool StampsLogAppendTime => settings.TimestampType == TimestampType.LogAppendTime;

    public readonly void Batch(in BatchHeader batch)
    {
        if (batch.Magic != magic)
        {
            throw new InvalidRecordException(
                $"Batch magic {batch.Magic} is not the same as the first batch's magic byte {magic} in topic partition "
                + $"{settings.TopicPartition}.")
            {
                Fault = RecordFault.Magic,
            };
        }

        if (append.Origin == AppendOrigin.Client)
        {
            ClientBatch(batch);
        }

        if (settings.TargetMagic < RecordFormat.MagicV2 && (batch.IsTransactional || batch.HasProducerId))
        {
            throw new RecordsRefusedException(
                ErrorCode.UnsupportedForMessageFormat,
                $"Records of {(batch.IsTransactional ? "transactional" : "idempotent")} producers cannot be used with "
                + $"magic version {settings.TargetMagic}");
        }
    }

    /// <summary>The record a reader is at.</summary>
    /// <param name="reader">Positioned.</param>
    /// <param name="batch">Its batch.</param>
    /// <param name="index">Its place in the batch.</param>
    public void Record(in RecordReader reader, in BatchHeader batch, int index)
    {
        // What a batch's own checksum covers was checked with the batch; messages inside a wrapper have each their own.
        if (batch.Magic <= RecordFormat.MagicV1 && batch.IsCompressed && !reader.CurrentMessage.IsCrcValid)
        {
            throw new CorruptRecordException(
                $"Message {index} inside a compressed message set of topic partition {settings.TopicPartition} does not match its crc.")
            {
                Fault = RecordFault.Checksum,
            };
        }

        if (settings.IsCompacted && !reader.HasKey)
        {
            _missingKey ??= $"Compacted topic cannot accept message without key in topic partition {settings.TopicPartition}.";
            _errors.AddWithoutKey(index, _missingKey);
            return;
        }

        if (batch.TimestampType == TimestampType.LogAppendTime)
        {
            _errors.Add(
                index,
                ErrorCode.InvalidTimestamp,
                "Invalid timestamp type in message. Producer should not set timestamp type to LogAppendTime.");
        }
        else if (!StampsLogAppendTime && reader.Timestamp != RecordFormat.NoTimestamp && !IsInRange(reader.Timestamp))
        {
            _errors.Add(index, ErrorCode.InvalidTimestamp, OutOfRange(reader.Timestamp, reader.Offset));
        }
    }

    public readonly void ThrowIfAnyError() => _errors.ThrowIfAny();

    private static void ClientBatch(in BatchHeader batch)
    {
        if (batch.Magic >= RecordFormat.MagicV2)
        {
            var countFromOffsets = batch.LastOffset - batch.BaseOffset + 1;
            if (countFromOffsets <= 0)
            {
                throw new InvalidRecordException($"Batch has an invalid offset range: [{batch.BaseOffset}, {batch.LastOffset}]")
                {
                    Fault = RecordFault.OffsetOrSequence,
                };
            }

            if (batch.RecordCount <= 0)
            {
                throw new InvalidRecordException($"Invalid reported count for record batch: {batch.RecordCount}")
                {
                    Fault = RecordFault.OffsetOrSequence,
                };
            }

            if (countFromOffsets != batch.RecordCount)
            {
                throw new InvalidRecordException(
                    $"Inconsistent batch offset range [{batch.BaseOffset}, {batch.LastOffset}] and count of records {batch.RecordCount}")
                {
                    Fault = RecordFault.OffsetOrSequence,
                };
            }
        }

        if (batch.IsControl)
        {
            throw new InvalidRecordException("Clients are not allowed to write control records");
        }

        if (batch.HasProducerId && batch.BaseSequence < 0)
        {
            throw new InvalidRecordException(
                $"Invalid sequence number {batch.BaseSequence} in record batch with producerId {batch.ProducerId}")
            {
                Fault = RecordFault.OffsetOrSequence,
            };
        }
    }

    private readonly bool IsInRange(long timestamp)
    {
        var age = unchecked(append.NowMs - timestamp);
        return age <= settings.TimestampBeforeMaxMs && unchecked(-age) <= settings.TimestampAfterMaxMs;
    }

    private readonly string OutOfRange(long timestamp, long offset) =>
        $"Timestamp {timestamp} of message with offset {offset} is out of range. The timestamp should be within "
        + $"[{unchecked(append.NowMs - settings.TimestampBeforeMaxMs)}, {unchecked(append.NowMs + settings.TimestampAfterMaxMs)}]";
}
