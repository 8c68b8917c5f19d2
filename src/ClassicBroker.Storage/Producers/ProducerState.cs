using ClassicBroker.Primitives;
using ClassicBroker.Records;

namespace ClassicBroker.Storage;

/// <summary>
/// The producers of one log (KIP-98, Kafka's ProducerStateManager): recognises batches sent twice and out of order, and follows
/// transactions so that the last stable offset is known. Covers the log up to <see cref="MapEndOffset"/>.
/// Threading: under the log's lock; the loader's loop before the log is open.
/// </summary>
internal sealed class ProducerState(TopicPartition partition, ProducerSnapshots snapshots, Func<long> producerIdExpirationMs)
{
    private readonly Dictionary<long, ProducerEntry> _producers = [];

    /// <summary>Transactions without a marker, by first offset.</summary>
    private readonly SortedList<long, OngoingTransaction> _ongoing = [];

    /// <summary>Transactions whose marker the high watermark has not passed, by first offset.</summary>
    private readonly SortedList<long, OngoingTransaction> _unreplicated = [];

    /// <summary>Verifications under way, by producer id.</summary>
    private readonly Dictionary<long, VerificationGuard> _verifications = [];

    public ProducerSnapshots Snapshots => snapshots;

    /// <summary>The offset behind the last batch that is taken into account.</summary>
    public long MapEndOffset { get; private set; }

    public long LastSnapshotOffset { get; private set; }

    public bool IsEmpty => _producers.Count == 0 && _unreplicated.Count == 0;

    public int ProducerCount => _producers.Count;

    /// <summary>Where the earliest transaction began that is not decided and replicated.</summary>
    public LogOffset? FirstUnstableOffset => (_ongoing.Count, _unreplicated.Count) switch
    {
        (0, 0) => null,
        (0, _) => _unreplicated.GetValueAtIndex(0).First,
        (_, 0) => _ongoing.GetValueAtIndex(0).First,
        _ => _ongoing.GetKeyAtIndex(0) < _unreplicated.GetKeyAtIndex(0)
            ? _ongoing.GetValueAtIndex(0).First
            : _unreplicated.GetValueAtIndex(0).First,
    };

    public ProducerEntry? Find(long producerId) => _producers.GetValueOrDefault(producerId);

    public bool HasTransactionFromBefore(long timestampMs) =>
        _producers.Values.Any(producer => producer.HasOpenTransaction && producer.LastTimestamp < timestampMs);

    public List<ActiveProducer> Describe() =>
        [.. _producers.Values.OrderBy(producer => producer.ProducerId).Select(producer => new ActiveProducer(
        producer.ProducerId,
        producer.ProducerEpoch,
        producer.LastSequence,
        producer.LastTimestamp,
        producer.CoordinatorEpoch,
        producer.CurrentTxnFirstOffset))];

    /// <summary>The last record of each producer, for the cleaner to leave in the log.</summary>
    public Dictionary<long, LastProducerRecord> LastRecords() =>
        _producers.Values.ToDictionary(
            producer => producer.ProducerId, producer => new LastProducerRecord(producer.LastOffset, producer.ProducerEpoch));

    /// <summary>Has the producer an open transaction, in this epoch?</summary>
    public bool HasOngoingTransaction(long producerId, short producerEpoch) =>
        Find(producerId) is { HasOpenTransaction: true } producer && producer.ProducerEpoch == producerEpoch;

    /// <summary>What a batch whose transaction is to be verified needs for its append: one guard for all that wait together.</summary>
    public VerificationGuard BeginVerification(long producerId, short producerEpoch, int baseSequence, long nowMs)
    {
        if (_verifications.TryGetValue(producerId, out var guard))
        {
            guard.Include(producerEpoch, baseSequence);
        }
        else
        {
            guard = new VerificationGuard(producerEpoch, baseSequence, nowMs);
            _verifications.Add(producerId, guard);
        }

        return guard;
    }

    /// <summary>Refuses what a client or coordinator must not append. Changes nothing.</summary>
    /// <exception cref="RecordsRefusedException">With Kafka's code for the reason.</exception>
    public void Check(in BatchHeader batch, EndTransactionMarker? marker, AppendOrigin origin, AppendVerification verification = default)
    {
        if (origin == AppendOrigin.Replication)
        {
            return;
        }

        if (batch.IsTransactional && !batch.IsControl)
        {
            CheckVerification(batch, origin, verification);
        }

        if (Find(batch.ProducerId) is not { } producer)
        {
            return;
        }

        if (batch.ProducerEpoch < producer.ProducerEpoch)
        {
            throw Refused(
                ErrorCode.InvalidProducerEpoch,
                batch,
                $"is older than the last seen epoch {producer.ProducerEpoch}");
        }

        if (marker is { } end)
        {
            CheckCoordinatorEpoch(batch, producer, end);
        }
        else if (!batch.IsControl)
        {
            CheckData(batch, producer, origin);
        }
    }

    /// <summary>
    /// Takes a batch into account that has been appended, or is in the log since before. Returns the transaction it ended.
    /// </summary>
    public CompletedTransaction? Update(in BatchHeader batch, EndTransactionMarker? marker, LogOffset firstOffset)
    {
        if (batch.IsTransactional)
        {
            // The transaction is open now, or it has ended: what was asked before says nothing about it any more.
            _verifications.Remove(batch.ProducerId);
        }

        if (marker is { } end)
        {
            return EndTransaction(batch, end);
        }

        if (!batch.IsControl)
        {
            AddData(batch, firstOffset);
        }

        return null;
    }

    /// <summary>The last stable offset once <paramref name="completed"/> no longer holds it back.</summary>
    public long LastStableOffsetAfter(CompletedTransaction completed)
    {
        foreach (var ongoing in _ongoing.Values)
        {
            if (ongoing.ProducerId != completed.ProducerId)
            {
                return ongoing.First.Offset;
            }
        }

        return completed.LastOffset + 1;
    }

    /// <summary>From now on the transaction waits for its marker to be replicated.</summary>
    public void Complete(CompletedTransaction completed)
    {
        Invariant.Require(_ongoing.Remove(completed.FirstOffset, out var transaction));
        _unreplicated[completed.FirstOffset] = transaction with { LastOffset = completed.LastOffset };
    }

    public void OnHighWatermarkUpdated(long highWatermark) => RemoveUnreplicated(highWatermark);

    public void OnLogStartOffsetIncremented(long logStartOffset)
    {
        RemoveUnreplicated(logStartOffset);
        MapEndOffset = Math.Max(MapEndOffset, logStartOffset);
        LastSnapshotOffset = snapshots.Latest ?? logStartOffset;
    }

    public void AdvanceTo(long mapEndOffset) => MapEndOffset = mapEndOffset;

    /// <summary>
    /// Forgets producers that have been silent for <c>producer.id.expiration.ms</c>, unless a transaction of theirs is open.
    /// </summary>
    public void RemoveExpired(long nowMs)
    {
        foreach (var producer in _producers.Values.Where(producer => IsExpired(producer, nowMs)).ToList())
        {
            _producers.Remove(producer.ProducerId);
        }

        foreach (var (producerId, _) in _verifications.Where(entry => nowMs - entry.Value.StartedMs >= producerIdExpirationMs()).ToList())
        {
            _verifications.Remove(producerId);
        }
    }

    /// <summary>Writes what is known as a snapshot, unless there is one of this offset. Returns whether one was written.</summary>
    public bool TakeSnapshot(bool sync = false)
    {
        if (MapEndOffset <= LastSnapshotOffset)
        {
            return false;
        }

        snapshots.Write(MapEndOffset, [.. _producers.Values.OrderBy(producer => producer.ProducerId)], sync);
        LastSnapshotOffset = MapEndOffset;
        return true;
    }

    /// <summary>
    /// Brings the state back to somewhere at or before <paramref name="logEndOffset"/>, from the newest snapshot where there is one; the
    /// caller replays the log from <see cref="MapEndOffset"/> on.
    /// </summary>
    public void TruncateAndReload(long logStartOffset, long logEndOffset, long nowMs)
    {
        snapshots.DeleteWhere(offset => offset > logEndOffset || offset <= logStartOffset);
        if (logEndOffset == MapEndOffset)
        {
            OnLogStartOffsetIncremented(logStartOffset);
            return;
        }

        Clear();
        if (snapshots.LoadLatest() is var (offset, producers))
        {
            foreach (var producer in producers.Where(producer => !IsExpired(producer, nowMs)))
            {
                Restore(producer);
            }

            LastSnapshotOffset = offset;
            MapEndOffset = offset;
        }
        else
        {
            LastSnapshotOffset = logStartOffset;
            MapEndOffset = logStartOffset;
        }
    }

    /// <summary>Forgets everything, snapshots too: the log begins again at <paramref name="offset"/>.</summary>
    public void TruncateFullyAndStartAt(long offset)
    {
        Clear();
        snapshots.DeleteWhere(_ => true);
        LastSnapshotOffset = 0;
        MapEndOffset = offset;
    }

    private static RecordsRefusedException Refused(ErrorCode code, in BatchHeader batch, string reason) =>
        new(code, $"Epoch {batch.ProducerEpoch} of producer {batch.ProducerId} with sequence {batch.BaseSequence} {reason}.");

    private static bool IsInSequence(int lastSequence, int nextSequence) =>
        nextSequence == lastSequence + 1L || (nextSequence == 0 && lastSequence == int.MaxValue);

    private void CheckVerification(in BatchHeader batch, AppendOrigin origin, AppendVerification verification)
    {
        var guard = _verifications.GetValueOrDefault(batch.ProducerId);
        if (verification.IsRequired
            && !HasOngoingTransaction(batch.ProducerId, batch.ProducerEpoch)
            && (verification.Guard is null || verification.Guard != guard))
        {
            throw Refused(ErrorCode.InvalidTxnState, batch, $"is not part of a transaction that is open in {partition}");
        }

        if (origin == AppendOrigin.Client && guard is not null && batch.BaseSequence > guard.LowestSequence)
        {
            throw Refused(
                ErrorCode.OutOfOrderSequenceNumber, batch, $"comes before sequence {guard.LowestSequence}, which waits in {partition}");
        }
    }

    private void CheckData(in BatchHeader batch, ProducerEntry producer, AppendOrigin origin)
    {
        if (origin == AppendOrigin.Client)
        {
            CheckSequence(batch, producer);
        }

        if (producer.HasOpenTransaction && !batch.IsTransactional)
        {
            throw Refused(ErrorCode.InvalidTxnState, batch, $"is not transactional while a transaction is open in {partition}");
        }
    }

    private void CheckSequence(in BatchHeader batch, ProducerEntry producer)
    {
        if (producer.ProducerEpoch == RecordFormat.NoProducerEpoch)
        {
            return;
        }

        if (batch.ProducerEpoch != producer.ProducerEpoch)
        {
            if (batch.BaseSequence != 0)
            {
                throw Refused(ErrorCode.OutOfOrderSequenceNumber, batch, $"does not begin the new epoch in {partition} with sequence 0");
            }
        }
        else if (!IsInSequence(producer.LastSequence, batch.BaseSequence))
        {
            throw Refused(ErrorCode.OutOfOrderSequenceNumber, batch, $"does not follow sequence {producer.LastSequence} in {partition}");
        }
    }

    private void CheckCoordinatorEpoch(in BatchHeader batch, ProducerEntry producer, EndTransactionMarker marker)
    {
        if (marker.CoordinatorEpoch < producer.CoordinatorEpoch)
        {
            throw Refused(
                ErrorCode.TransactionCoordinatorFenced,
                batch,
                $"has a marker of coordinator epoch {marker.CoordinatorEpoch}, after {producer.CoordinatorEpoch} in {partition}");
        }
    }

    private void AddData(in BatchHeader batch, LogOffset firstOffset)
    {
        var producer = FindOrAdd(batch.ProducerId);
        producer.AddBatch(
            batch.ProducerEpoch,
            new(batch.LastSequence, batch.LastOffset, (int)(batch.LastOffset - batch.BaseOffset), batch.MaxTimestamp));
        if (batch.IsTransactional && !producer.HasOpenTransaction)
        {
            producer.CurrentTxnFirstOffset = firstOffset.Offset;
            _ongoing[firstOffset.Offset] = new(batch.ProducerId, firstOffset, RecordFormat.NoOffset);
        }
    }

    private CompletedTransaction? EndTransaction(in BatchHeader batch, EndTransactionMarker marker)
    {
        var producer = FindOrAdd(batch.ProducerId);
        CompletedTransaction? completed = producer.HasOpenTransaction
            ? new(batch.ProducerId, producer.CurrentTxnFirstOffset, batch.LastOffset, marker.Type == ControlRecordType.Abort)
            : null;
        producer.EndTransaction(batch.ProducerEpoch, marker.CoordinatorEpoch, batch.MaxTimestamp);
        return completed;
    }

    private ProducerEntry FindOrAdd(long producerId)
    {
        if (!_producers.TryGetValue(producerId, out var producer))
        {
            producer = new ProducerEntry(producerId);
            _producers.Add(producerId, producer);
        }

        return producer;
    }

    private void Restore(ProducerEntry producer)
    {
        _producers[producer.ProducerId] = producer;
        if (producer.HasOpenTransaction)
        {
            _ongoing[producer.CurrentTxnFirstOffset] = new(
                producer.ProducerId, new LogOffset(producer.CurrentTxnFirstOffset), RecordFormat.NoOffset);
        }
    }

    private bool IsExpired(ProducerEntry producer, long nowMs) =>
        !producer.HasOpenTransaction && nowMs - producer.LastTimestamp >= producerIdExpirationMs();

    private void RemoveUnreplicated(long offset)
    {
        for (var i = _unreplicated.Count - 1; i >= 0; i--)
        {
            if (_unreplicated.GetValueAtIndex(i).LastOffset < offset)
            {
                _unreplicated.RemoveAt(i);
            }
        }
    }

    private void Clear()
    {
        _producers.Clear();
        _ongoing.Clear();
        _unreplicated.Clear();
        _verifications.Clear();
    }
}
