using ClassicBroker.Rpc;

namespace ClassicBroker.Client;

/// <summary>What a broker speaks, or why it could not be asked. Immutable.</summary>
/// <param name="Broker">The broker.</param>
/// <param name="Apis">Its APIs, each with lowest and highest version; none where it could not be asked.</param>
/// <param name="Failure">Why not; null where it was.</param>
public sealed record NodeApiVersions(BrokerNode Broker, IReadOnlyList<ApiVersionRange> Apis, KafkaException? Failure)
{
    /// <summary>This answer, where the broker could be asked.</summary>
    /// <exception cref="KafkaException">It could not.</exception>
    public NodeApiVersions ThrowIfFailed() => Failure is null ? this : throw Failure;
}
