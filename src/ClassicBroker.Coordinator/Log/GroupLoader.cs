using ClassicBroker.Coordinator.Groups;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Records;
using ClassicBroker.Replication;
using ClassicBroker.Storage;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Coordinator.Log;

/// <summary>
/// Reads a partition of <c>__consumer_offsets</c> when this broker begins to lead it. Between two reads of
/// <c>offsets.load.buffer.size</c> the loop serves others. Threading: the coordinator's loop.
/// <para>Failure: a record that cannot be read is left out and named in the log; where the log itself cannot be read on, what came before
/// counts, as in Kafka. Where the disk fails, the partition's groups have no coordinator until another broker leads it.</para>
/// </summary>
internal sealed partial class GroupLoader(ReplicaManager replicas, int bufferSize, ILogger logger)
{
    private const short OffsetKeyVersionMax = 1;
    private const short GroupKeyVersion = 2;

    /// <summary>Null where the partition is not wanted any more, or its disk failed.</summary>
    public async Task<LoadedPartition?> LoadAsync(GroupPartition partition, int epoch)
    {
        var loaded = new LoadedPartition(partition);
        using var buffer = new PooledBuffer(bufferSize);
        try
        {
            var offset = 0L;
            while (partition.IsLoadingFor(epoch) && replicas.TryGetOnline(partition.TopicPartition, out var replica))
            {
                if (replica.Log is not { } log)
                {
                    return null;
                }

                offset = Math.Max(offset, log.LogStartOffset);
                if (offset >= log.LogEndOffset)
                {
                    return loaded;
                }

                Read(log, offset, buffer);
                var next = Apply(buffer.Span, loaded, offset);
                if (next == offset)
                {
                    LogUnreadable(partition.TopicPartition, offset, "no whole batch follows");
                    return loaded;
                }

                offset = next;
                await Task.Yield();
            }

            return null;
        }
        catch (RecordsException broken)
        {
            LogUnreadable(partition.TopicPartition, -1, broken.Message);
            return loaded;
        }
        catch (StorageException failure)
        {
            // A coordinator without these offsets would make consumers reset their positions; no coordinator makes them wait.
            LogFailed(partition.TopicPartition, failure.Message);
            partition.Close(epoch);
            return null;
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
    private long Apply(ReadOnlySpan<byte> records, LoadedPartition loaded, long offset)
    {
        var batches = new BatchIterator(records);
        while (batches.MoveNext())
        {
            var batch = batches.Current;
            if (batch.LastOffset >= offset)
            {
                Apply(batch, batches.CurrentBytes, loaded, offset);
                offset = batch.LastOffset + 1;
            }
        }

        return offset;
    }

    private void Apply(in BatchHeader batch, ReadOnlySpan<byte> bytes, LoadedPartition loaded, long from)
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
                if (batch.IsControl)
                {
                    EndTransaction(batch, reader.Current, loaded);
                }
                else
                {
                    Apply(batch, reader.Current, loaded, batchOffset);
                }
            }
            catch (Exception malformed) when (malformed is MalformedDataException or InvalidRecordException)
            {
                LogMalformed(reader.Offset, malformed.Message);
            }
        }
    }

    private static void EndTransaction(in BatchHeader batch, Record record, LoadedPartition loaded)
    {
        var type = ControlRecord.ParseType(record.Key);
        if (type is ControlRecordType.Commit or ControlRecordType.Abort)
        {
            loaded.EndTransaction(batch.ProducerId, type == ControlRecordType.Commit);
        }
    }

    private void Apply(in BatchHeader batch, Record record, LoadedPartition loaded, long batchOffset)
    {
        // Messages are read from memory they may keep slices of; these keep none, but do not take spans.
        var key = record.Key.Span.ToArray();
        switch (VersionedMessage.PeekVersion(key))
        {
            case >= 0 and <= OffsetKeyVersionMax:
                ApplyOffset(batch, VersionedMessage.Decode<OffsetCommitKey>(key), record, loaded, batchOffset);
                break;
            case GroupKeyVersion:
                loaded.Describe(
                    VersionedMessage.Decode<GroupMetadataKey>(key).Group,
                    record.Value.IsNull ? null : VersionedMessage.Decode<GroupMetadataValue>(record.Value.Span.ToArray()));
                break;
            case var unknown:
                LogUnknownKey(unknown, record.Offset);
                break;
        }
    }

    private static void ApplyOffset(in BatchHeader batch, OffsetCommitKey key, Record record, LoadedPartition loaded, long batchOffset)
    {
        var partition = new TopicPartition(key.Topic, key.Partition);
        if (record.Value.IsNull)
        {
            if (batch.IsTransactional)
            {
                loaded.ForgetIn(batch.ProducerId, key.Group, partition);
            }
            else
            {
                loaded.Forget(key.Group, partition);
            }

            return;
        }

        var offset = GroupRecords.ToOffset(VersionedMessage.Decode<OffsetCommitValue>(record.Value.Span.ToArray()));
        if (batch.IsTransactional)
        {
            loaded.CommitIn(batch.ProducerId, key.Group, partition, offset, batchOffset);
        }
        else
        {
            loaded.Commit(key.Group, partition, offset, batchOffset);
        }
    }

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "Unknown message key with version {Version} at offset {Offset} while loading offsets and group metadata; ignoring it. "
            + "It could be a left over from an aborted upgrade.")]
    private partial void LogUnknownKey(short version, long offset);

    [LoggerMessage(
        Level = LogLevel.Error,
        Message = "A record at offset {Offset} could not be read while loading group metadata: {Reason}")]
    private partial void LogMalformed(long offset, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "Error loading offsets from {Partition} at offset {Offset}: {Reason}")]
    private partial void LogUnreadable(TopicPartition partition, long offset, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "Error loading offsets from {Partition}: {Reason}")]
    private partial void LogFailed(TopicPartition partition, string reason);
}
