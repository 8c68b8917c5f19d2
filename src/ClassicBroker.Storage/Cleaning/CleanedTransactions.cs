using ClassicBroker.Records;

namespace ClassicBroker.Storage;

/// <summary>
/// The transactions met on a walk through a log, batch by batch in its order: which batches belong to aborted ones, and which markers have
/// nothing left that they decide. Owned by one walk. Threading: one thread at a time.
/// </summary>
internal sealed class CleanedTransactions
{
    private readonly HashSet<long> _committed = [];
    private readonly Dictionary<long, Aborted> _aborted = [];
    private readonly PriorityQueue<AbortedTransaction, long> _ahead = new();

    /// <summary>Told of an aborted transaction of which batches are still there, when its marker is met.</summary>
    public Action<AbortedTransaction> Retained { get; set; } = static _ => { };

    /// <summary>Adds what the transaction indexes know of the part of the log that comes next.</summary>
    public void Add(IEnumerable<AbortedTransaction> aborted)
    {
        foreach (var transaction in aborted)
        {
            _ahead.Enqueue(transaction, transaction.FirstOffset);
        }
    }

    /// <summary>A data batch is met. Does it belong to an aborted transaction?</summary>
    public bool OnData(in BatchHeader batch)
    {
        BeginUpTo(batch.LastOffset);
        if (!batch.IsTransactional)
        {
            return false;
        }

        if (_aborted.TryGetValue(batch.ProducerId, out var transaction))
        {
            transaction.IsObserved = true;
            return true;
        }

        _committed.Add(batch.ProducerId);
        return false;
    }

    /// <summary>A control batch is met. Are all batches of its transaction gone?</summary>
    public bool OnControl(in BatchHeader batch, ReadOnlySpan<byte> bytes)
    {
        BeginUpTo(batch.LastOffset);
        using var records = RecordReader.Open(bytes);
        if (!records.MoveNext())
        {
            return true;
        }

        switch (ControlRecord.ParseType(records.Current.Key))
        {
            case ControlRecordType.Abort:
                if (_aborted.Remove(batch.ProducerId, out var transaction) && transaction.IsObserved)
                {
                    Retained(transaction.Transaction);
                    return false;
                }

                return true;
            case ControlRecordType.Commit:
                return !_committed.Remove(batch.ProducerId);
            default:
                return false;
        }
    }

    private void BeginUpTo(long offset)
    {
        while (_ahead.TryPeek(out var next, out var firstOffset) && firstOffset <= offset)
        {
            _ahead.Dequeue();
            _aborted.TryAdd(next.ProducerId, new Aborted(next));
        }
    }

    /// <summary>An aborted transaction whose marker has not been met yet.</summary>
    private sealed class Aborted(AbortedTransaction transaction)
    {
        public AbortedTransaction Transaction { get; } = transaction;

        public bool IsObserved { get; set; }
    }
}
