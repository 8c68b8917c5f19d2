using ClassicBroker.Client;
using ClassicBroker.Primitives;

namespace ClassicBroker.Tools.Reassignment;

/// <summary>What a reassignment file asks for. Immutable.</summary>
/// <param name="Partitions">The replicas each partition is to have, in order.</param>
/// <param name="LogDirs">Replicas for which the file names a log directory.</param>
internal sealed record ReassignmentPlan(
    SortedDictionary<TopicPartition, IReadOnlyList<int>> Partitions, IReadOnlyList<ReplicaLogDir> LogDirs)
{
    public IReadOnlyList<string> Topics => Partitions.Keys.Select(partition => partition.Topic).Distinct().ToArray();
}
