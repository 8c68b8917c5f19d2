namespace ClassicBroker.Coordinator.Transactions;

/// <summary>The broker keys the transaction coordinator lives by. Immutable: Kafka has none of them change while running.</summary>
public sealed record TransactionCoordinatorSettings
{
    /// <summary>
    /// Partitions of <c>__transaction_state</c>, as they are or as <c>transaction.state.log.num.partitions</c> will make them.
    /// </summary>
    public required int PartitionCount { get; init; }

    /// <summary><c>transaction.max.timeout.ms</c>.</summary>
    public int TimeoutMaxMs { get; init; } = 900_000;

    /// <summary><c>transactional.id.expiration.ms</c>.</summary>
    public int IdExpirationMs { get; init; } = 604_800_000;

    /// <summary><c>transaction.abort.timed.out.transaction.cleanup.interval.ms</c>.</summary>
    public int AbortIntervalMs { get; init; } = 10_000;

    /// <summary><c>transaction.remove.expired.transaction.cleanup.interval.ms</c>.</summary>
    public int ExpirationIntervalMs { get; init; } = 3_600_000;

    /// <summary>
    /// <c>zookeeper.session.timeout.ms</c>: a coordinator that is cut off for so long may have been replaced.
    /// </summary>
    public int CutOffMs { get; init; } = 18_000;

    /// <summary><c>transaction.state.log.load.buffer.size</c>.</summary>
    public int LoadBufferSize { get; init; } = 5 * 1024 * 1024;

    /// <summary><c>request.timeout.ms</c>: how long tombstones wait for their replicas.</summary>
    public int RequestTimeoutMs { get; init; } = 30_000;
}
