using ClassicBroker.Metadata;
using ClassicBroker.Primitives;

namespace ClassicBroker.Replication.Followers;

/// <summary>The broker keys that followers live by. Immutable.</summary>
public sealed record FollowerSettings
{
    public required BrokerId BrokerId { get; init; }

    /// <summary><c>inter.broker.protocol.version</c>: fixes the versions of what followers ask, and how they truncate.</summary>
    public required MetadataVersion InterBrokerProtocol { get; init; }

    /// <summary><c>num.replica.fetchers</c>, for each leader.</summary>
    public int FetcherCount { get; init; } = 1;

    /// <summary><c>replica.fetch.min.bytes</c>.</summary>
    public int MinBytes { get; init; } = 1;

    /// <summary><c>replica.fetch.wait.max.ms</c>.</summary>
    public int MaxWaitMs { get; init; } = 500;

    /// <summary><c>replica.fetch.max.bytes</c>, of one partition.</summary>
    public int PartitionMaxBytes { get; init; } = 1024 * 1024;

    /// <summary><c>replica.fetch.response.max.bytes</c>.</summary>
    public int ResponseMaxBytes { get; init; } = 10 * 1024 * 1024;

    /// <summary><c>replica.fetch.backoff.ms</c>.</summary>
    public int BackoffMs { get; init; } = 1000;

    /// <summary>Do fetches themselves tell where logs part (KIP-595)?</summary>
    public bool TruncatesOnFetch => InterBrokerProtocol.SupportsTruncationOnFetch();

    /// <summary>Can leaders be asked where an epoch ended (KIP-101)?</summary>
    public bool AsksForEpochEnds => InterBrokerProtocol.SupportsOffsetForLeaderEpoch();
}
