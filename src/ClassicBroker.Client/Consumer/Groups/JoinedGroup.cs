using ClassicBroker.Primitives;

namespace ClassicBroker.Client.Consumer.Groups;

/// <summary>A generation this consumer has become a member of. Immutable.</summary>
/// <param name="Generation">Its number.</param>
/// <param name="MemberId">The id of this consumer in it.</param>
/// <param name="Partitions">What it was assigned.</param>
/// <param name="PartitionCounts">As its leader, what it shared out: a topic that grows asks for another generation. Null on others.</param>
internal sealed record JoinedGroup(
    int Generation, string MemberId, IReadOnlyList<TopicPartition> Partitions, IReadOnlyDictionary<string, int>? PartitionCounts);
