namespace ClassicBroker.Replication.Partitions;

/// <summary>
/// How a leader gets an ISR committed: by AlterPartition through the controller (KIP-497), or, at an older
/// <c>inter.broker.protocol.version</c>, by a conditional write to the partition's state znode. Safe from any thread.
/// </summary>
public interface IIsrChanges
{
    /// <summary>
    /// Sends the change; at most one of a partition is ever under way. <paramref name="completed"/> runs once, on any thread, never before
    /// this call returns.
    /// </summary>
    void Submit(IsrChange change, Action<IsrChangeOutcome> completed);
}
