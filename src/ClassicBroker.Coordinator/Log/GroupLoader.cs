using ClassicBroker.Coordinator.Groups;
using ClassicBroker.Coordinator.Offsets;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Records;
using ClassicBroker.Replication;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Coordinator.Log;

/// <summary>
/// Reads a partition of <c>__consumer_offsets</c> when this broker begins to lead it, in steps of <c>offsets.load.buffer.size</c>.
/// Threading: the coordinator's loop.
/// <para>Failure: where the disk fails, the partition's groups have no coordinator until another broker leads it.</para>
/// </summary>
internal sealed partial class GroupLoader(ReplicaManager replicas, CoordinatorTimers timers, int bufferSize, ILogger logger)
{
    private const short OffsetKeyVersionMax = 1;
    private const short GroupKeyVersion = 2;

    private readonly LogReplay _replay = new(replicas, timers, bufferSize, logger);

    /// <summary>Null where the partition is not wanted any more, or its disk failed.</summary>
    public async Task<LoadedPartition?> LoadAsync(GroupPartition partition, int epoch)
    {
        var loaded = new LoadedPartition(partition);
        var records = new OffsetRecords(new NameTable());
        var outcome = await _replay.ReadAsync(
            partition.TopicPartition,
            () => partition.IsLoadingFor(epoch),
            (in batch, record, batchOffset) => Apply(batch, record, records, loaded, batchOffset));
        if (outcome == ReplayOutcome.Failed)
        {
            // A coordinator without these offsets would make consumers reset their positions; no coordinator makes them wait.
            partition.Close(epoch);
        }

        return outcome == ReplayOutcome.Complete ? loaded : null;
    }

    private static void EndTransaction(in BatchHeader batch, Record record, LoadedPartition loaded)
    {
        var type = ControlRecord.ParseType(record.Key);
        if (type is ControlRecordType.Commit or ControlRecordType.Abort)
        {
            loaded.EndTransaction(batch.ProducerId, type == ControlRecordType.Commit);
        }
    }

    private void Apply(in BatchHeader batch, Record record, in OffsetRecords records, LoadedPartition loaded, long batchOffset)
    {
        if (batch.IsControl)
        {
            EndTransaction(batch, record, loaded);
            return;
        }

        switch (VersionedMessage.PeekVersion(record.Key.Span))
        {
            case >= 0 and <= OffsetKeyVersionMax:
                ApplyOffset(batch, record, records, loaded, batchOffset);
                break;
            case GroupKeyVersion:
                // Messages are read from memory they may keep slices of; this one keeps none, but does not take spans.
                loaded.Describe(
                    records.GroupKeys.Read(record.Key.Span).Group,
                    record.Value.IsNull ? null : VersionedMessage.Decode<GroupMetadataValue>(record.Value.Span.ToArray()));
                break;
            case var unknown:
                LogUnknownKey(unknown, record.Offset);
                break;
        }
    }

    private static void ApplyOffset(in BatchHeader batch, Record record, in OffsetRecords records, LoadedPartition loaded, long batchOffset)
    {
        var key = records.Keys.Read(record.Key.Span);
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

        var stored = new StoredOffset(GroupRecords.ToOffset(records.Values.Read(record.Value.Span)), batchOffset);
        if (batch.IsTransactional)
        {
            loaded.CommitIn(batch.ProducerId, key.Group, partition, stored);
        }
        else
        {
            loaded.Commit(key.Group, partition, stored);
        }
    }

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "Unknown message key with version {Version} at offset {Offset} while loading offsets and group metadata; ignoring it. "
            + "It could be a left over from an aborted upgrade.")]
    private partial void LogUnknownKey(short version, long offset);

    /// <summary>Readers of what most records are; a name is read once for every partition of every group, and is one string.</summary>
    private readonly struct OffsetRecords(NameTable names)
    {
        public VersionedMessageReader<OffsetCommitKey> Keys { get; } = new(names);

        public VersionedMessageReader<OffsetCommitValue> Values { get; } = new(names);

        public VersionedMessageReader<GroupMetadataKey> GroupKeys { get; } = new(names);
    }
}
