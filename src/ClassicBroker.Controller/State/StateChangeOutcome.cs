using ClassicBroker.Metadata;
using ClassicBroker.Primitives;

namespace ClassicBroker.Controller.State;

/// <summary>What came of bringing partitions online: the leadership of those that are, and why the others are not.</summary>
internal sealed class StateChangeOutcome
{
    public Dictionary<TopicPartition, LeaderAndIsr> Elected { get; } = [];

    public Dictionary<TopicPartition, string> Failed { get; } = [];
}
