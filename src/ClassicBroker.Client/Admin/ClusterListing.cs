namespace ClassicBroker.Client;

/// <summary>What all brokers of a cluster listed together, and which of them could not be asked. Immutable.</summary>
/// <param name="Found">What those listed that could be asked.</param>
/// <param name="Failures">One for each broker that could not, with its id; none where all were.</param>
public sealed record ClusterListing<T>(IReadOnlyList<T> Found, IReadOnlyList<KafkaException> Failures)
{
    /// <summary>All there is, where every broker was asked.</summary>
    /// <exception cref="KafkaException">One could not be.</exception>
    public IReadOnlyList<T> ThrowIfFailed() => Failures is [var first, ..] ? throw first : Found;
}
