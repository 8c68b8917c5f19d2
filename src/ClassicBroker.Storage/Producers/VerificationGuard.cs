namespace ClassicBroker.Storage;

/// <summary>
/// Stands for one verification of a producer's transaction with its coordinator (KIP-890). A marker or a batch of the producer that is
/// appended in between makes it void, so that what was verified before cannot open the transaction again after it ended.
/// Threading: under the log's lock.
/// </summary>
public sealed class VerificationGuard
{
    private short _producerEpoch;

    internal VerificationGuard(short producerEpoch, int baseSequence, long startedMs) =>
        (_producerEpoch, LowestSequence, StartedMs) = (producerEpoch, baseSequence, startedMs);

    /// <summary>The first sequence of all batches that wait for this verification: none behind it may be appended first.</summary>
    internal int LowestSequence { get; private set; }

    internal long StartedMs { get; }

    /// <summary>Another batch waits for the same verification.</summary>
    internal void Include(short producerEpoch, int baseSequence)
    {
        if (producerEpoch > _producerEpoch)
        {
            (_producerEpoch, LowestSequence) = (producerEpoch, baseSequence);
        }
        else if (producerEpoch == _producerEpoch)
        {
            LowestSequence = Math.Min(LowestSequence, baseSequence);
        }
    }
}
