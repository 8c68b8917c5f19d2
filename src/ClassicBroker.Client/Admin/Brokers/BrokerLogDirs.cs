namespace ClassicBroker.Client;

/// <summary>The log directories of a broker, or why they cannot be told. Immutable.</summary>
/// <param name="BrokerId">The broker.</param>
/// <param name="Directories">Its log directories; those that are offline have a failure. None where the broker did not tell.</param>
/// <param name="Failure">Why the broker did not tell; null where it did.</param>
public sealed record BrokerLogDirs(int BrokerId, IReadOnlyList<LogDirDescription> Directories, KafkaException? Failure)
{
    /// <summary>This description, where it is one; directories that are offline are in it.</summary>
    /// <exception cref="KafkaException">It is not.</exception>
    public BrokerLogDirs ThrowIfFailed() => Failure is null ? this : throw Failure;
}
