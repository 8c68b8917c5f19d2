using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Records;

namespace ClassicBroker.Storage;

/// <summary>
/// Appends records that are ready to be written, with all that follows from them, in Kafka's order: epochs, size, roll, producers,
/// bytes and indexes, log end, producer state and transactions, flush. Threading: under the log's lock.
/// </summary>
internal sealed class LogAppender(LogState log, LogRoller roller)
{
    public LogAppend Append(ReadOnlySpan<byte> records, in AppendPlan plan)
    {
        try
        {
            return AppendToSegment(records, plan);
        }
        catch (StorageException failure)
        {
            log.Parent.TakeOffline(failure);
            throw;
        }
    }

    private LogAppend AppendToSegment(ReadOnlySpan<byte> records, in AppendPlan plan)
    {
        AssignEpochs(records, plan.HasEpochChange);
        if (records.Length > log.Config.SegmentBytes)
        {
            throw new RecordsRefusedException(
                ErrorCode.RecordListTooLarge,
                $"Message batch size is {records.Length} bytes in append to partition {log.Partition}, "
                + $"which exceeds the maximum configured segment size of {log.Config.SegmentBytes}.");
        }

        var active = roller.SegmentFor(records.Length, plan);
        if (plan.HasProducers && CheckProducers(records, plan) is { } duplicate)
        {
            return duplicate;
        }

        var position = active.Size;
        active.Append(records, plan.LastOffset, plan.MaxTimestamp, plan.ShallowOffsetOfMaxTimestamp);
        log.Bounds.LogEnd = log.EndAt(plan.LastOffset + 1);
        if (plan.HasProducers)
        {
            UpdateProducers(records, active, position);
        }

        log.Producers.AdvanceTo(plan.LastOffset + 1);
        log.RefreshFirstUnstable();
        if (log.LogEndOffset - log.Flush.RecoveryPoint >= log.Config.FlushMessages)
        {
            log.Flush.Run(log, log.LogEndOffset);
        }

        return plan.ToAppend(log.Bounds.LogStart, records.Length);
    }

    /// <summary>Notes the epochs of the batches: of the first alone where the others have the same.</summary>
    private void AssignEpochs(ReadOnlySpan<byte> records, bool hasChange)
    {
        if (!log.Config.KeepsEpochs)
        {
            return;
        }

        foreach (var batch in new BatchIterator(records))
        {
            if (batch.Magic >= RecordFormat.MagicV2)
            {
                log.Epochs.Assign(new LeaderEpoch(batch.PartitionLeaderEpoch), batch.BaseOffset);
            }
            else
            {
                // Records of old formats carry no epochs, so that what is known of epochs says nothing about where this log ends.
                log.Epochs.Clear();
            }

            if (!hasChange)
            {
                return;
            }
        }
    }

    /// <summary>Recognises what was appended before, and refuses what must not be, before a byte is written.</summary>
    private LogAppend? CheckProducers(ReadOnlySpan<byte> records, in AppendPlan plan)
    {
        var batches = new BatchIterator(records);
        while (batches.MoveNext())
        {
            var batch = batches.Current;
            if (!batch.HasProducerId)
            {
                continue;
            }

            if (plan.Origin == AppendOrigin.Client && FindRepeated(batch) is { } repeated)
            {
                return repeated;
            }

            log.Producers.Check(batch, TransactionMarkers.Find(batch, batches.CurrentBytes), plan.Origin, plan.Verification);
        }

        return null;
    }

    /// <summary>What became of a batch when it was appended the first time; null for one that is new.</summary>
    private LogAppend? FindRepeated(in BatchHeader batch)
    {
        if (log.Producers.Find(batch.ProducerId) is not { } producer)
        {
            return null;
        }

        return producer.FindDuplicate(batch) is { } first ? Duplicate(first)
            : producer.FindSuccessor(batch) is { } successor ? Forgotten(successor)
            : null;
    }

    private LogAppend Duplicate(BatchSequence first) => new()
    {
        FirstOffset = first.FirstOffset,
        LastOffset = first.LastOffset,
        MaxTimestamp = first.Timestamp,

        // Whatever the timestamp type of the topic is.
        LogAppendTime = first.Timestamp,
        LogStartOffset = log.Bounds.LogStart,
        LeaderEpoch = log.Epochs.EpochOf(first.LastOffset),
        IsDuplicate = true,
    };

    private LogAppend Forgotten(BatchSequence successor) => new()
    {
        FirstOffset = RecordFormat.NoOffset,
        LastOffset = successor.LastOffset,
        MaxTimestamp = RecordFormat.NoTimestamp,
        LogStartOffset = log.Bounds.LogStart,
        LeaderEpoch = log.Epochs.EpochOf(successor.LastOffset),
        IsDuplicate = true,
        IsForgotten = true,
    };

    private void UpdateProducers(ReadOnlySpan<byte> records, LogSegment segment, int position)
    {
        var batches = new BatchIterator(records);
        while (batches.MoveNext())
        {
            var batch = batches.Current;
            if (!batch.HasProducerId)
            {
                continue;
            }

            var first = new LogOffset(batch.BaseOffset, segment.BaseOffset, position + (int)batch.Position);
            var marker = TransactionMarkers.Find(batch, batches.CurrentBytes);
            if (log.Producers.Update(batch, marker, first) is { } completed)
            {
                if (completed.IsAborted)
                {
                    segment.AppendAborted(new(
                        completed.ProducerId, completed.FirstOffset, completed.LastOffset, log.Producers.LastStableOffsetAfter(completed)));
                }

                log.Producers.Complete(completed);
            }
        }
    }
}
