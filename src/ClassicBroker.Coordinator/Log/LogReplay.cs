using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Records;
using ClassicBroker.Replication;
using ClassicBroker.Storage;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Coordinator.Log;

/// <summary>
/// Reads a coordinator's partition from its start to its end, record by record, and waits until what leaders before have written is
/// replicated: a coordinator that answered by records which the next leader may lack would promise what that one does not know. Kafka does
/// not wait, and a transaction never ends there where the next leader lacks a partition that was added to it. Between two reads of the
/// load buffer's size the loop serves others. Threading: the coordinator's loop.
/// <para>Failure: a record that cannot be read is left out and named in the log; where the log itself cannot be read on, what came before
/// counts, as in Kafka.</para>
/// </summary>
internal sealed partial class LogReplay(ReplicaManager replicas, CoordinatorTimers timers, int bufferSize, ILogger logger)
{
    /// <summary>Between two looks at how far replicas have come.</summary>
    private const int LookMs = 20;

    /// <summary>Takes one record.</summary>
    /// <param name="batch">The batch it is in.</param>
    /// <param name="record">Valid during the call.</param>
    /// <param name="batchOffset">Offset of the first record left in the batch.</param>
    public delegate void RecordAction(in BatchHeader batch, Record record, long batchOffset);

    /// <summary>Reads, and waits, as long as <paramref name="isWanted"/> says so.</summary>
    public async Task<ReplayOutcome> ReadAsync(TopicPartition partition, Func<bool> isWanted, RecordAction take)
    {
        using var buffer = new PooledBuffer(bufferSize);
        try
        {
            var offset = 0L;
            var inherited = -1L;
            while (isWanted() && replicas.TryGetOnline(partition, out var replica))
            {
                if (replica.Log is not { } log)
                {
                    return ReplayOutcome.Unwanted;
                }

                inherited = inherited < 0 ? log.LogEndOffset : inherited;
                offset = Math.Max(offset, log.LogStartOffset);
                if (offset >= log.LogEndOffset)
                {
                    if (log.HighWatermark >= inherited)
                    {
                        return ReplayOutcome.Complete;
                    }

                    // Markers may be written meanwhile, and are read too.
                    await timers.DelayAsync(LookMs);
                    continue;
                }

                Read(log, offset, buffer);
                var next = Apply(buffer.Span, take, offset);
                if (next == offset)
                {
                    LogUnreadable(partition, offset, "no whole batch follows");
                    return ReplayOutcome.Complete;
                }

                offset = next;
                await Task.Yield();
            }

            return ReplayOutcome.Unwanted;
        }
        catch (RecordsException broken)
        {
            LogUnreadable(partition, -1, broken.Message);
            return ReplayOutcome.Complete;
        }
        catch (StorageException failure)
        {
            LogFailed(partition, failure.Message);
            return ReplayOutcome.Failed;
        }
    }

    /// <summary>Fills the buffer from an offset on.</summary>
    private void Read(PartitionLog log, long offset, PooledBuffer buffer)
    {
        buffer.Truncate(0);
        var read = log.Read(offset, bufferSize, FetchIsolation.LogEnd, minOneMessage: true);
        if (read.Records is not { } region)
        {
            return;
        }

        try
        {
            buffer.Advance(region.File.Read(buffer.GetSpan(region.Length)[..region.Length], region.Position));
        }
        finally
        {
            region.File.Release();
        }
    }

    /// <summary>Takes over whole batches; returns the offset behind the last of them.</summary>
    private long Apply(ReadOnlySpan<byte> records, RecordAction take, long offset)
    {
        var batches = new BatchIterator(records);
        while (batches.MoveNext())
        {
            var batch = batches.Current;
            if (batch.LastOffset >= offset)
            {
                Apply(batch, batches.CurrentBytes, take, offset);
                offset = batch.LastOffset + 1;
            }
        }

        return offset;
    }

    private void Apply(in BatchHeader batch, ReadOnlySpan<byte> bytes, RecordAction take, long from)
    {
        var batchOffset = -1L;
        using var reader = RecordReader.Open(bytes);
        while (reader.MoveNext())
        {
            if (reader.Offset < from)
            {
                continue;
            }

            batchOffset = batchOffset < 0 ? reader.Offset : batchOffset;
            try
            {
                take(batch, reader.Current, batchOffset);
            }
            catch (Exception malformed) when (malformed is MalformedDataException or InvalidRecordException)
            {
                LogMalformed(reader.Offset, malformed.Message);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "A record at offset {Offset} could not be read while loading: {Reason}")]
    private partial void LogMalformed(long offset, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "Error loading {Partition} at offset {Offset}: {Reason}")]
    private partial void LogUnreadable(TopicPartition partition, long offset, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "Error loading {Partition}: {Reason}")]
    private partial void LogFailed(TopicPartition partition, string reason);
}
