using ClassicBroker.Primitives;
using ClassicBroker.Records;

namespace ClassicBroker.Client.Producer;

/// <summary>
/// Where a producer stands in the sequence of one partition (KIP-98): under which id and epoch, what comes next, what the broker has, and
/// which batches are under way, in order. Threading: the sender's.
/// </summary>
internal sealed class PartitionSequence
{
    private readonly List<ProducerBatch> _inFlight = [];

    /// <summary>First sequences of batches that were acknowledged while an earlier one was under way.</summary>
    private readonly List<int> _acknowledgedAhead = [];

    public long ProducerId { get; private set; } = RecordFormat.NoProducerId;

    public short ProducerEpoch { get; private set; } = RecordFormat.NoProducerEpoch;

    public int Next { get; private set; }

    public int LastAcked { get; private set; } = RecordFormat.NoSequence;

    public long LastAckedOffset { get; private set; } = RecordFormat.NoOffset;

    /// <summary>True where something was lost on the way, so that the sequence can only go on in a new epoch.</summary>
    public bool NeedsNewEpoch { get; set; }

    /// <summary>True where the broker has forgotten the producer by retention, so that a transaction goes on at 0 in its epoch.</summary>
    public bool NeedsRestart { get; private set; }

    /// <summary>Batches sent and not answered, or answered with a failure that lets them be sent again; in order.</summary>
    public IReadOnlyList<ProducerBatch> InFlight => _inFlight;

    /// <summary>
    /// Brokers remember a few batches of a producer. With one more behind it, the first under way would be taken for one out of order if it
    /// had to be sent again, though the broker has it.
    /// </summary>
    public bool IsFull => _inFlight.Count + _acknowledgedAhead.Count >= ProducerConfig.MaxInFlightForIdempotence;

    /// <summary>Begins at 0 under an id and epoch; batches still queued lose the places they had.</summary>
    public void Restart(long producerId, short producerEpoch)
    {
        (ProducerId, ProducerEpoch) = (producerId, producerEpoch);
        Next = 0;
        _acknowledgedAhead.Clear();
        LastAcked = RecordFormat.NoSequence;
        LastAckedOffset = RecordFormat.NoOffset;
        NeedsNewEpoch = false;
        NeedsRestart = false;
    }

    /// <summary>Gives a batch the next places.</summary>
    public void Assign(ProducerBatch batch)
    {
        batch.SetProducer(ProducerId, ProducerEpoch, Next);
        Next = ProducerSequence.Add(Next, batch.Count);
    }

    /// <summary>Counts a batch as under way until <see cref="Remove"/>; one that is sent again stays where it is.</summary>
    public void Track(ProducerBatch batch)
    {
        if (!_inFlight.Contains(batch))
        {
            _inFlight.Add(batch);
        }
    }

    public void Remove(ProducerBatch batch)
    {
        _inFlight.Remove(batch);
        if (_acknowledgedAhead.Count > 0)
        {
            _acknowledgedAhead.RemoveAll(sequence => _inFlight.Count == 0 || IsEarlier(sequence, _inFlight[0].BaseSequence));
        }
    }

    /// <summary>The parts of a batch stand where it stood.</summary>
    public void Replace(ProducerBatch batch, IReadOnlyList<ProducerBatch> parts)
    {
        var index = _inFlight.IndexOf(batch);
        if (index >= 0)
        {
            _inFlight.RemoveAt(index);
            _inFlight.InsertRange(index, parts);
        }
    }

    /// <summary>The broker has the batch.</summary>
    public void Succeeded(ProducerBatch batch, long baseOffset)
    {
        if (!IsOfThisEpoch(batch))
        {
            Remove(batch);
            return;
        }

        if (_inFlight.Count > 0 && _inFlight[0] != batch)
        {
            _acknowledgedAhead.Add(batch.BaseSequence);
        }

        Remove(batch);

        // The answer about an earlier batch may come later, from another broker.
        if (LastAcked == RecordFormat.NoSequence || IsEarlier(LastAcked, batch.LastSequence))
        {
            LastAcked = batch.LastSequence;
        }

        if (baseOffset >= 0)
        {
            LastAckedOffset = Math.Max(LastAckedOffset, baseOffset + batch.Count - 1);
        }
    }

    /// <summary>
    /// The batch is given up. Where the broker may have it, or later ones were numbered behind it, the sequence is broken.
    /// </summary>
    public void GaveUp(ProducerBatch batch)
    {
        Remove(batch);
        NeedsNewEpoch |= batch.HasSequence && IsOfThisEpoch(batch);
    }

    /// <summary>
    /// Is a later batch acknowledged? A broker takes batches in order only, so that it has this one too, whatever it remembers of it.
    /// </summary>
    public bool IsAcknowledgedBeyond(ProducerBatch batch) =>
        batch.HasSequence && IsOfThisEpoch(batch) && LastAcked != RecordFormat.NoSequence && !IsEarlier(LastAcked, batch.LastSequence);

    /// <summary>
    /// What a refusal about sequences means: true where the batch may be sent again, as it is or in a new epoch; false where it is lost.
    /// </summary>
    public bool CanRetry(ProducerBatch batch, ErrorCode refusal)
    {
        switch (refusal)
        {
            case ErrorCode.OutOfOrderSequenceNumber when !IsNext(batch):
                // An earlier batch failed and is on its way again; this one was refused for being ahead of it.
                return true;
            case ErrorCode.OutOfOrderSequenceNumber or ErrorCode.UnknownProducerId or ErrorCode.InvalidProducerEpoch:
                // The broker forgot us, by retention or by losing data. Nothing of this batch was written: it may begin a new epoch.
                NeedsNewEpoch = true;
                return true;
            default:
                return false;
        }
    }

    /// <summary>
    /// As <see cref="CanRetry"/>, for a batch of a transaction, which cannot go on in a new epoch.
    /// </summary>
    /// <param name="batch">The batch.</param>
    /// <param name="refusal">Why the broker did not take it.</param>
    /// <param name="logStartOffset">Where the partition begins; -1 where the broker does not tell.</param>
    public bool CanRetryInTransaction(ProducerBatch batch, ErrorCode refusal, long logStartOffset)
    {
        switch (refusal)
        {
            case ErrorCode.OutOfOrderSequenceNumber:
                return !NeedsNewEpoch && !IsNext(batch);
            case ErrorCode.UnknownProducerId when logStartOffset < 0 || NeedsRestart:
                return true;
            case ErrorCode.UnknownProducerId when LastAckedOffset < logStartOffset:
                NeedsRestart = true;
                return true;
            default:
                return false;
        }
    }

    /// <summary>True where an earlier batch is under way or waits to be sent again, so that this one would overtake it.</summary>
    public bool WouldOvertake(ProducerBatch batch) => _inFlight.Count > 0 && batch.HasSequence && _inFlight[0] != batch;

    /// <summary>True where the batch is the one the broker must take next: its refusal then is no matter of order.</summary>
    private bool IsNext(ProducerBatch batch) =>
        LastAcked == RecordFormat.NoSequence ? batch.BaseSequence == 0 : batch.BaseSequence == ProducerSequence.Add(LastAcked, 1);

    private bool IsOfThisEpoch(ProducerBatch batch) => batch.ProducerId == ProducerId && batch.ProducerEpoch == ProducerEpoch;

    /// <summary>Sequences wrap after 2147483647, and never more than a few batches are compared.</summary>
    public static bool IsEarlier(int left, int right) => left - right < 0;
}
