using ClassicBroker.Primitives;

namespace ClassicBroker.Simulation.Runs.Transactions;

/// <summary>
/// One transaction as its client led it: what was written, from what was read, how it ended. Owned by <see cref="TransactionHistory"/>.
/// Threading: the run's thread.
/// </summary>
internal sealed class ClientTransaction(int number, string transactionalId)
{
    public int Number => number;

    public string TransactionalId => transactionalId;

    /// <summary>Values acknowledged, and where.</summary>
    public Dictionary<string, (TopicPartition Partition, long Offset)> Acknowledged { get; } = new(StringComparer.Ordinal);

    /// <summary>Values that readers of committed records were given.</summary>
    public HashSet<string> Seen { get; } = new(StringComparer.Ordinal);

    /// <summary>The transactions whose records it consumed.</summary>
    public HashSet<int> ReadFrom { get; } = [];

    /// <summary>How far its input was consumed, which it commits; null where it has none.</summary>
    public (TopicPartition Partition, long Offset)? Position { get; set; }

    /// <summary>Has a commit been sent?</summary>
    public bool IsCommitAsked { get; set; }

    public TransactionFate Fate { get; set; }

    public override string ToString() => $"transaction {number} of {transactionalId}";
}
