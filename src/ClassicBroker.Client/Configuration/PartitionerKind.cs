namespace ClassicBroker.Client;

/// <summary>How a producer spreads records that name no partition.</summary>
public enum PartitionerKind
{
    /// <summary>By murmur2 of the key, as every Kafka client does; without a key, batch by batch (KIP-794).</summary>
    Default,

    /// <summary>Batch by batch, whatever the key (KIP-480).</summary>
    UniformSticky,

    /// <summary>One record to each partition in turn, whatever the key.</summary>
    RoundRobin,
}
