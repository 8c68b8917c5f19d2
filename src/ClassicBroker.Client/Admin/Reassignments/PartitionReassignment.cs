namespace ClassicBroker.Client;

/// <summary>A partition on its way to other brokers. Immutable.</summary>
/// <param name="Replicas">Ids of all its replicas, those that come and those that go included.</param>
/// <param name="Adding">Ids of those that come.</param>
/// <param name="Removing">Ids of those that go.</param>
public sealed record PartitionReassignment(IReadOnlyList<int> Replicas, IReadOnlyList<int> Adding, IReadOnlyList<int> Removing);
