using ClassicBroker.Metadata.Sessions;
using ClassicBroker.Metadata.Stores;
using ClassicBroker.Platform;
using ClassicBroker.ZooKeeper;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Metadata;

/// <summary>
/// All that brokers keep in ZooKeeper, by subject (the part of Kafka's KafkaZkClient). One per broker; the stores share its session,
/// whose life <see cref="Session"/> follows.
/// </summary>
public sealed class MetadataStore
{
    /// <param name="zooKeeper">The session.</param>
    /// <param name="loop">The ZooKeeper loop.</param>
    /// <param name="random">For the cluster id.</param>
    /// <param name="interBrokerProtocol">Decides the form of some znodes.</param>
    /// <param name="secureAcls"><c>zookeeper.set.acl</c>.</param>
    /// <param name="loggers">For what happens to the session and the registration, and for unreadable znodes.</param>
    /// <param name="whileDisconnected">What a lost connection means for the owner of the session, in a sentence without its full
    /// stop.</param>
    public MetadataStore(
        IZooKeeper zooKeeper,
        IEventLoop loop,
        IRandomSource random,
        MetadataVersion interBrokerProtocol,
        bool secureAcls,
        ILoggerFactory loggers,
        string whileDisconnected = SessionLifecycle.BrokerWhileDisconnected)
    {
        Session = new(zooKeeper, loop, loggers.CreateLogger<SessionLifecycle>(), whileDisconnected);
        Znodes = new(zooKeeper, Session.Watches, secureAcls);
        Cluster = new(Znodes, random);
        Brokers = new(Znodes, loop, interBrokerProtocol, loggers.CreateLogger<BrokerStore>());
        Controller = new(Znodes, loop.Time, interBrokerProtocol);
        Topics = new(Znodes, loggers.CreateLogger<TopicStore>());
        PartitionStates = new(Znodes, loggers.CreateLogger<PartitionStateStore>());
        Configs = new(Znodes, loggers.CreateLogger<ConfigStore>());
        Notifications = new(Znodes, loggers.CreateLogger<NotificationStore>());
        OperatorRequests = new(Znodes);
        ProducerIds = new(Znodes);
        Features = new(Znodes, interBrokerProtocol);
        ConsumerOffsets = new(Znodes);
        ConsumerGroups = new(Znodes, loggers.CreateLogger<ConsumerGroupStore>());
        Acls = new(Znodes, loggers.CreateLogger<AclStore>());
        DelegationTokens = new(Znodes);
    }

    public SessionLifecycle Session { get; }

    public ZnodeClient Znodes { get; }

    public ClusterStore Cluster { get; }

    public BrokerStore Brokers { get; }

    public ControllerStore Controller { get; }

    public TopicStore Topics { get; }

    public PartitionStateStore PartitionStates { get; }

    public ConfigStore Configs { get; }

    public NotificationStore Notifications { get; }

    public OperatorRequestStore OperatorRequests { get; }

    public ProducerIdStore ProducerIds { get; }

    public FeatureStore Features { get; }

    public ConsumerOffsetStore ConsumerOffsets { get; }

    public ConsumerGroupStore ConsumerGroups { get; }

    public AclStore Acls { get; }

    public DelegationTokenStore DelegationTokens { get; }
}
