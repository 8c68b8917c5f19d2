using ClassicBroker.Primitives;

namespace ClassicBroker.Client;

/// <summary>A topic as its cluster tells of it, or why it cannot be described. Immutable.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Id">Its id; zero on clusters that have none.</param>
/// <param name="IsInternal">Whether the brokers keep it for themselves.</param>
/// <param name="Partitions">Its partitions, by number.</param>
/// <param name="Failure">Why there is no description; null where there is one.</param>
public sealed record TopicDescription(
    string Name, Uuid Id, bool IsInternal, IReadOnlyList<PartitionDescription> Partitions, UnknownTopicException? Failure)
{
    /// <summary>This description, where it is one.</summary>
    /// <exception cref="UnknownTopicException">It is not.</exception>
    public TopicDescription ThrowIfFailed() => Failure is null ? this : throw Failure;
}
