using ClassicBroker.Primitives;
using ClassicBroker.Records;

namespace ClassicBroker.Coordinator.Transactions;

/// <summary>
/// All that is known of a transactional id at one moment (Kafka's TransactionMetadata), and the states that may follow. Immutable: a
/// transition makes the next one, which counts once the log has it.
/// </summary>
internal sealed record TransactionState
{
    /// <summary>The last epoch that is handed out; the one behind it only fences.</summary>
    private const short LastEpoch = short.MaxValue - 1;

    public required long ProducerId { get; init; }

    /// <summary>Before the first initialisation -1.</summary>
    public short ProducerEpoch { get; init; } = RecordFormat.NoProducerEpoch;

    /// <summary>The producer id before the present one; only in memory, as in Kafka.</summary>
    public long LastProducerId { get; init; } = RecordFormat.NoProducerId;

    /// <summary>The epoch from which the producer itself asked for the present one (KIP-360); only in memory, as in Kafka.</summary>
    public short LastProducerEpoch { get; init; } = RecordFormat.NoProducerEpoch;

    public required int TimeoutMs { get; init; }

    public TransactionStatus Status { get; init; }

    /// <summary>In ascending order, each once.</summary>
    public IReadOnlyList<TopicPartition> Partitions { get; init; } = [];

    /// <summary>When the last transaction began; -1 where there was none.</summary>
    public long StartMs { get; init; } = RecordFormat.NoTimestamp;

    public required long LastUpdateMs { get; init; }

    public bool IsEpochExhausted => IsExhausted(ProducerEpoch);

    /// <summary>Decided, and not done.</summary>
    public bool IsPrepared => Status is TransactionStatus.PrepareCommit or TransactionStatus.PrepareAbort;

    /// <summary>A transaction may begin, and the id may expire.</summary>
    public bool IsIdle => Status is TransactionStatus.Empty or TransactionStatus.CompleteCommit or TransactionStatus.CompleteAbort;

    public bool IsCommit => Status is TransactionStatus.PrepareCommit or TransactionStatus.CompleteCommit;

    public static bool IsExhausted(short epoch) => epoch >= LastEpoch;

    public bool Holds(TopicPartition partition) => Partitions.Contains(partition);

    /// <summary>
    /// The producer initialised again, with the next epoch. One that names the epoch it has may continue, and may ask again for the same;
    /// null fences the producer that has the id now. Null is returned where the epoch it names has been replaced.
    /// </summary>
    public TransactionState? WithNextEpoch(short? expectedEpoch, int timeoutMs, long nowMs)
    {
        if (expectedEpoch is { } expected && ProducerEpoch != RecordFormat.NoProducerEpoch && expected != ProducerEpoch)
        {
            return expected == LastProducerEpoch
                ? Initialised(ProducerEpoch, LastProducerEpoch, timeoutMs, nowMs) with { LastProducerId = LastProducerId }
                : null;
        }

        return Initialised(
            (short)(ProducerEpoch + 1),
            expectedEpoch is null ? RecordFormat.NoProducerEpoch : ProducerEpoch,
            timeoutMs,
            nowMs);
    }

    /// <summary>The producer initialised again, with a new id: the epochs of the present one are used up.</summary>
    public TransactionState WithProducerId(long producerId, bool isContinuation, int timeoutMs, long nowMs) =>
        Initialised(0, isContinuation ? ProducerEpoch : RecordFormat.NoProducerEpoch, timeoutMs, nowMs) with
        {
            ProducerId = producerId,
            LastProducerId = ProducerId,
        };

    public TransactionState WithPartitions(IEnumerable<TopicPartition> added, long nowMs) =>
        this with
        {
            Status = TransactionStatus.Ongoing,
            Partitions = [.. (Status == TransactionStatus.Ongoing ? Partitions.Concat(added) : added).Distinct().Order()],
            StartMs = Status == TransactionStatus.Ongoing ? StartMs : nowMs,
            LastUpdateMs = nowMs,
        };

    /// <summary>The transaction is decided.</summary>
    public TransactionState Prepared(bool isCommit, long nowMs) =>
        this with
        {
            Status = isCommit ? TransactionStatus.PrepareCommit : TransactionStatus.PrepareAbort,
            LastUpdateMs = nowMs,
        };

    /// <summary>The transaction is to be aborted against its producer's will, whose epoch ends.</summary>
    public TransactionState Fenced(long nowMs) =>
        Prepared(isCommit: false, nowMs) with
        {
            ProducerEpoch = ProducerEpoch == short.MaxValue ? ProducerEpoch : (short)(ProducerEpoch + 1),
            LastProducerEpoch = RecordFormat.NoProducerEpoch,
        };

    /// <summary>All partitions have their marker.</summary>
    public TransactionState Completed(long nowMs) =>
        this with
        {
            Status = IsCommit ? TransactionStatus.CompleteCommit : TransactionStatus.CompleteAbort,
            Partitions = [],
            LastUpdateMs = nowMs,
        };

    private TransactionState Initialised(short epoch, short lastEpoch, int timeoutMs, long nowMs) =>
        this with
        {
            ProducerEpoch = epoch,
            LastProducerId = ProducerId,
            LastProducerEpoch = lastEpoch,
            TimeoutMs = timeoutMs,
            Status = TransactionStatus.Empty,
            Partitions = [],
            LastUpdateMs = nowMs,
        };
}
