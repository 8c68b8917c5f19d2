namespace ClassicBroker.Client;

/// <summary>A log directory of a broker. Immutable.</summary>
/// <param name="BrokerId">The broker.</param>
/// <param name="Path">The directory.</param>
/// <param name="Replicas">The replicas in it.</param>
/// <param name="TotalBytes">Size of its volume; -1 where the broker does not tell.</param>
/// <param name="UsableBytes">What of it is free; -1 where the broker does not tell.</param>
/// <param name="Failure">What is wrong with it; null where it is online.</param>
public sealed record LogDirDescription(
    int BrokerId, string Path, IReadOnlyList<LogDirReplica> Replicas, long TotalBytes, long UsableBytes, KafkaException? Failure)
{
    /// <summary>This description, where the directory is online.</summary>
    /// <exception cref="KafkaException">It is not.</exception>
    public LogDirDescription ThrowIfFailed() => Failure is null ? this : throw Failure;
}
