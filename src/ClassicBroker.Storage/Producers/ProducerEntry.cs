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
    }

    private void UpdateEpoch(short producerEpoch)
    {
        if (producerEpoch != ProducerEpoch)
        {
            ProducerEpoch = producerEpoch;
            BatchCount = 0;
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
