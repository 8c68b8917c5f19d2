using ClassicBroker.Controller.Requests;
using ClassicBroker.Controller.State;
using ClassicBroker.Metadata;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Controller.Events;

/// <summary>
/// What the events of one activation work with. <see cref="Put"/> queues a further event of the same activation; it is void when the
/// activation has ended by then.
/// </summary>
internal sealed record EventScope(
    ControllerConfig Config,
    ControllerContext Context,
    MetadataStore Store,
    PartitionStateMachine Partitions,
    ReplicaStateMachine Replicas,
    TopicDeletions Deletions,
    BrokerRequests Requests,
    BrokerChannels Channels,
    ILogger Logger,
    Action<string, Func<Task>> Put);
