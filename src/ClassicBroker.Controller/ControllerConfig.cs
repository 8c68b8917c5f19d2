using ClassicBroker.Metadata;

namespace ClassicBroker.Controller;

/// <summary>
/// What the controller needs of the broker's configuration. Threading: set once, but for <see cref="UncleanLeaderElectionEnable"/>,
/// which a dynamic config may flip from any thread.
/// </summary>
public sealed class ControllerConfig
{
    private volatile bool _uncleanLeaderElectionEnable;

    public required int BrokerId { get; init; }

    public required MetadataVersion InterBrokerProtocol { get; init; }

    /// <summary>The listener requests to brokers go to: <c>control.plane.listener.name</c> where set, else the inter-broker one.</summary>
    public required string ControllerListenerName { get; init; }

    /// <summary><c>delete.topic.enable</c>.</summary>
    public bool DeleteTopicEnable { get; init; } = true;

    /// <summary><c>auto.leader.rebalance.enable</c>.</summary>
    public bool AutoLeaderRebalanceEnable { get; init; } = true;

    /// <summary><c>leader.imbalance.check.interval.seconds</c>.</summary>
    public TimeSpan LeaderImbalanceCheckInterval { get; init; } = TimeSpan.FromSeconds(300);

    /// <summary><c>leader.imbalance.per.broker.percentage</c>.</summary>
    public int LeaderImbalancePerBrokerPercentage { get; init; } = 10;

    /// <summary><c>unclean.leader.election.enable</c>, the default of topics that do not say.</summary>
    public bool UncleanLeaderElectionEnable
    {
        get => _uncleanLeaderElectionEnable;
        set => _uncleanLeaderElectionEnable = value;
    }
}
