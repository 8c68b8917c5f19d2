using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Records;
using ClassicBroker.Replication.Partitions;
using ClassicBroker.Storage;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Replication;

/// <summary>
/// Appends records to partitions this broker leads, and waits for their replicas where asked. Stateless beside its collaborators; safe
/// from any thread.
/// </summary>
public sealed partial class LeaderAppender(ReplicaManager replicas, ILogger<LeaderAppender> logger)
{
    private const short AcksNone = 0;
    private const short AcksLeader = 1;

    /// <summary>Whether this broker has a replica of a partition, which it may lead or follow.</summary>
    public bool Hosts(TopicPartition topicPartition) => replicas.TryGetOnline(topicPartition, out _);

    /// <summary>Appends to one partition; every refusal is in the outcome. Nothing but the outcome outlives the call.</summary>
    public AppendOutcome Append(
        TopicPartition topicPartition, Memory<byte> records, AppendOrigin origin, short acks, AppendVerification verification = default)
    {
        try
        {
            return Append(topicPartition, RecordSet.Open(records), origin, acks, verification);
        }
        catch (CorruptRecordException corrupt)
        {
            return AppendOutcome.Refused(corrupt.Code) with { Message = corrupt.Message, Fault = corrupt.Fault };
        }
    }

    /// <inheritdoc cref="Append(TopicPartition, Memory{byte}, AppendOrigin, short, AppendVerification)"/>
    public AppendOutcome Append(
        TopicPartition topicPartition, in RecordSet records, AppendOrigin origin, short acks, AppendVerification verification = default)
    {
        var error = replicas.TryGet(topicPartition, out var partition);
        if (error != ErrorCode.None)
        {
            return AppendOutcome.Refused(error);
        }

        try
        {
            var result = partition!.AppendAsLeader(records, origin, acks, verification);
            return result.Error == ErrorCode.None
                ? new AppendOutcome { Appended = result.Appended }
                : AppendOutcome.Refused(result.Error, partition.Log?.LogStartOffset ?? -1);
        }
        catch (RecordsRefusedException refused)
        {
            return Refuse(partition!, refused, refused.RecordErrors);
        }
        catch (RecordsException refused)
        {
            return Refuse(partition!, refused, []);
        }
        catch (StorageException failure)
        {
            LogStorageFailure(topicPartition, failure.Message);
            return AppendOutcome.Refused(ErrorCode.KafkaStorageError);
        }
    }

    /// <summary>
    /// What an answer to an append waits for: nothing with <c>acks=0</c>, and nothing more with <c>acks=1</c> unless records must be on
    /// the leader's disk first.
    /// </summary>
    public ProduceWait? WaitFor(TopicPartition topicPartition, in AppendOutcome outcome, short acks) =>
        acks == AcksNone || (acks == AcksLeader && !replicas.SyncsBeforeAcknowledging)
            ? null
            : new ProduceWait(topicPartition, outcome.Appended, acks);

    /// <summary>
    /// Ends when the replicas asked for have the records of every wait, or the timeout has passed; the waits hold what to answer. Ends at
    /// once, without an object to its name, where the leader is the only one to wait for, and early where
    /// <paramref name="cancellation"/> says that its client is gone: the records stay.
    /// </summary>
    public ValueTask AwaitReplicasAsync(
        IReadOnlyList<ProduceWait> waits, int timeoutMs, CancellationToken cancellation = default)
    {
        if (DelayedProduce.TrySettleAll(waits, replicas))
        {
            return ValueTask.CompletedTask;
        }

        var delayed = new DelayedProduce(timeoutMs, waits, replicas);
        var keys = new TopicPartition[waits.Count];
        var isCounting = false;
        for (var i = 0; i < keys.Length; i++)
        {
            keys[i] = waits[i].Partition;
            isCounting |= waits[i].CountsReplicas;
        }

        if (isCounting)
        {
            replicas.Delayed.BeginCounting();
        }

        replicas.Delayed.Produce.TryCompleteElseWatch(delayed, cancellation, keys);
        return isCounting ? AwaitCountAsync(delayed) : new ValueTask(delayed.Completion);
    }

    private async ValueTask AwaitCountAsync(DelayedProduce delayed)
    {
        await delayed.Completion;
        replicas.Delayed.EndCounting();
    }

    private AppendOutcome Refuse(Partition partition, RecordsException refused, IReadOnlyList<RecordError> recordErrors)
    {
        LogRefusal(partition.TopicPartition, refused.Code, refused.Message);
        return AppendOutcome.Refused(refused.Code, partition.Log?.LogStartOffset ?? -1) with
        {
            Message = refused.Message,
            Fault = refused.Fault,
            RecordErrors = recordErrors,
        };
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Error processing append operation on partition {Partition}: {Reason}")]
    private partial void LogStorageFailure(TopicPartition partition, string reason);

    [LoggerMessage(Level = LogLevel.Debug, Message = "Append to partition {Partition} refused with {Code}: {Reason}")]
    private partial void LogRefusal(TopicPartition partition, ErrorCode code, string reason);
}
