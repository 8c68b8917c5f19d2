using ClassicBroker.Protocol;
using ClassicBroker.Protocol.Messages;

namespace ClassicBroker.Conformance.Tests.Clusters;

/// <summary>One fact that a controller tells a broker of one partition, or of the brokers that live. Immutable.</summary>
/// <param name="To">The broker.</param>
/// <param name="Kind">Empty for LeaderAndIsr, as which most are.</param>
/// <param name="Partition">As <c>rep-0</c>.</param>
internal sealed record ControllerOrder(int To, string Kind, string Partition)
{
    public const string Stop = "stop ";
    public const string Metadata = "metadata ";

    public int? Leader { get; init; }

    public int? Epoch { get; init; }

    /// <summary>Null where the order names none.</summary>
    public IReadOnlyList<int>? Isr { get; init; }

    /// <summary>All else that is compared.</summary>
    public string Rest { get; init; } = "";

    /// <summary>What controllers of 2.2 do not know, or write at other moments.</summary>
    public string Written { get; init; } = "";

    public override string ToString() =>
        $"to {To}: {Kind}{Partition}"
        + (Leader is null ? "" : $" leader {Leader}")
        + (Epoch is null ? "" : $" epoch {Epoch}")
        + (Isr is null ? "" : $" isr {List(Isr.Order())}")
        + Rest + Written;

    /// <summary>
    /// The version of the state is left out: on a busy machine it has grown without a cause in the step. So is the ISR in UpdateMetadata,
    /// which was told each time that a replica joined, or left and came back; and the epoch of a replica that stops and stays: it is that
    /// before or after its ISR has changed.
    /// </summary>
    public static IEnumerable<ControllerOrder> Of(IRequest request, int to) => request switch
    {
        LeaderAndIsrRequest change => change.UngroupedPartitionStates.Select(state => Of(to, state.TopicName, state))
            .Concat(change.TopicStates.SelectMany(topic => topic.PartitionStates.Select(state => Of(to, topic.TopicName, state)))),
        StopReplicaRequest stop => Of(to, stop),
        UpdateMetadataRequest told => told.UngroupedPartitionStates.Select(state => Of(to, state.TopicName, state))
            .Concat(told.TopicStates.SelectMany(topic => topic.PartitionStates.Select(state => Of(to, topic.TopicName, state))))
            .Append(new(to, Metadata, $"of brokers {List(told.LiveBrokers.Select(broker => broker.Id).Order())}")),
        _ => [],
    };

    private static ControllerOrder Of(int to, string topic, LeaderAndIsrRequest.LeaderAndIsrPartitionState state) =>
        new(to, "", $"{topic}-{state.PartitionIndex}")
        {
            Leader = state.Leader,
            Epoch = state.LeaderEpoch,
            Isr = state.Isr,
            Rest = $" replicas {List(state.Replicas)} adding {List(state.AddingReplicas)} removing {List(state.RemovingReplicas)} "
                + $"new {state.IsNew}",
            Written = $" recovery {state.LeaderRecoveryState} controller epoch {state.ControllerEpoch}",
        };

    private static ControllerOrder Of(int to, string topic, UpdateMetadataRequest.UpdateMetadataPartitionState state) =>
        new(to, Metadata, $"{topic}-{state.PartitionIndex}")
        {
            Leader = state.Leader,
            Epoch = state.LeaderEpoch,
            Rest = $" replicas {List(state.Replicas)} offline {List(state.OfflineReplicas)}",
        };

    private static IEnumerable<ControllerOrder> Of(int to, StopReplicaRequest request)
    {
        var old = request.UngroupedPartitions.Select(partition => $"{partition.TopicName}-{partition.PartitionIndex}")
            .Concat(request.Topics.SelectMany(topic => topic.PartitionIndexes.Select(index => $"{topic.Name}-{index}")))
            .Select(stopped => new ControllerOrder(to, Stop, stopped)
            {
                Rest = request.DeletePartitions ? " and delete" : "",
            });
        return old.Concat(request.TopicStates.SelectMany(topic => topic.PartitionStates.Select(state =>
            new ControllerOrder(to, Stop, $"{topic.TopicName}-{state.PartitionIndex}")
            {
                Epoch = state.DeletePartition ? state.LeaderEpoch : null,
                Rest = state.DeletePartition ? " and delete" : "",
            })));
    }

    private static string List(IEnumerable<int> brokers) => $"[{string.Join(',', brokers)}]";
}
