using ClassicBroker.Primitives;

namespace ClassicBroker.Client;

/// <summary>A topic as its cluster tells of it. Immutable.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Id">Its id; zero on clusters that have none.</param>
/// <param name="IsInternal">Whether the brokers keep it for themselves.</param>
/// <param name="Partitions">Its partitions, by number.</param>
public sealed record TopicDescription(string Name, Uuid Id, bool IsInternal, IReadOnlyList<PartitionDescription> Partitions);
