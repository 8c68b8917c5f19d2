using System.Runtime.CompilerServices;
using ClassicBroker.Records;

namespace ClassicBroker.Storage;

/// <summary>
/// What a log knows of one idempotent producer (KIP-98): its epoch, its last five batches, its open transaction.
/// Threading: under the log's lock.
/// </summary>
internal sealed class ProducerEntry(long producerId)
{
    /// <summary>Batches an idempotent producer may have in flight, hence the ones it may send again.</summary>
    public const int BatchesRetained = 5;

    private BatchWindow _batches;
    private int _oldest;

    /// <summary>A snapshot has the newest batch only: those before it may be sent again, and are not known.</summary>
    private bool _isFromSnapshot;

    public long ProducerId { get; } = producerId;

    public short ProducerEpoch { get; private set; } = RecordFormat.NoProducerEpoch;

    public int CoordinatorEpoch { get; private set; } = -1;

    public long LastTimestamp { get; private set; } = RecordFormat.NoTimestamp;

    /// <summary>Where its open transaction began; -1 where it has none.</summary>
    public long CurrentTxnFirstOffset { get; set; } = RecordFormat.NoOffset;

    public int BatchCount { get; private set; }

    public bool HasOpenTransaction => CurrentTxnFirstOffset >= 0;

    public int LastSequence => BatchCount == 0 ? RecordFormat.NoSequence : Newest.LastSequence;

    public long LastOffset => BatchCount == 0 ? RecordFormat.NoOffset : Newest.LastOffset;

    /// <summary>The newest batch; default where there is none.</summary>
    public BatchSequence Newest => BatchCount == 0 ? default : Batch(BatchCount - 1);

    /// <summary>The remembered batch that has this epoch and these sequences, if there is one.</summary>
    public BatchSequence? FindDuplicate(in BatchHeader batch)
    {
        if (batch.ProducerEpoch != ProducerEpoch)
        {
            return null;
        }

        for (var i = 0; i < BatchCount; i++)
        {
            var remembered = Batch(i);
            if (remembered.FirstSequence == batch.BaseSequence && remembered.LastSequence == batch.LastSequence)
            {
                return remembered;
            }
        }

        return null;
    }

    /// <summary>
    /// The oldest remembered batch, where <paramref name="batch"/> comes before it and fewer are remembered than a producer may send
    /// again. Sequences have no gaps, so that a batch before one in the log is in the log. Null where all are remembered: then the
    /// sequence is wrong.
    /// </summary>
    public BatchSequence? FindSuccessor(in BatchHeader batch)
    {
        if (!_isFromSnapshot || BatchCount is 0 or BatchesRetained || batch.ProducerEpoch != ProducerEpoch || batch.BaseSequence < 0)
        {
            return null;
        }

        var oldest = Batch(0);
        var ahead = ProducerSequence.Subtract(oldest.FirstSequence, batch.LastSequence);

        // Sequences wrap, so that "before" is the nearer half; none comes before the first, unless two billion records did.
        return oldest.FirstSequence != 0 && ahead is > 0 and < int.MaxValue / 2 ? oldest : null;
    }

    public void AddBatch(short producerEpoch, BatchSequence batch)
    {
        UpdateEpoch(producerEpoch);
        if (BatchCount == BatchesRetained)
        {
            _oldest = (_oldest + 1) % BatchesRetained;
            BatchCount--;
        }

        _batches[(_oldest + BatchCount) % BatchesRetained] = batch;
        BatchCount++;
        LastTimestamp = batch.Timestamp;
    }

    /// <summary>A marker ended the transaction, if one was open.</summary>
    public void EndTransaction(short producerEpoch, int coordinatorEpoch, long timestamp)
    {
        UpdateEpoch(producerEpoch);
        CoordinatorEpoch = coordinatorEpoch;
        LastTimestamp = timestamp;
        CurrentTxnFirstOffset = RecordFormat.NoOffset;
    }

    /// <summary>Takes over what a snapshot says.</summary>
    public void Restore(short producerEpoch, int coordinatorEpoch, long lastTimestamp, long currentTxnFirstOffset)
    {
        ProducerEpoch = producerEpoch;
        CoordinatorEpoch = coordinatorEpoch;
        LastTimestamp = lastTimestamp;
        CurrentTxnFirstOffset = currentTxnFirstOffset;
        _isFromSnapshot = true;
    }

    private void UpdateEpoch(short producerEpoch)
    {
        if (producerEpoch != ProducerEpoch)
        {
            ProducerEpoch = producerEpoch;
            BatchCount = 0;
            _isFromSnapshot = false;
        }
    }

    private BatchSequence Batch(int index) => _batches[(_oldest + index) % BatchesRetained];

    /// <summary>The batches themselves, without an array of their own.</summary>
    [InlineArray(BatchesRetained)]
    private struct BatchWindow
    {
        private BatchSequence _first;
    }
}
