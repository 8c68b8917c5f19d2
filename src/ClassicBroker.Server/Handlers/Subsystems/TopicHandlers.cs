using ClassicBroker.Metadata.Admin;
using ClassicBroker.Rpc;
using ClassicBroker.Server.Config;
using ClassicBroker.Server.Coordination;
using ClassicBroker.Server.Parts;
using ClassicBroker.Server.Topics;

namespace ClassicBroker.Server.Handlers.Subsystems;

/// <summary>
/// Makes the handlers of topics, and of coordinators, whose topics are created when they are first asked for. Used once, at start.
/// </summary>
internal static class TopicHandlers
{
    public static IEnumerable<IRequestHandler> Make(
        BrokerCore core, ClusterPart cluster, ConfigurationPart configuration, ControlPart control, CoordinationPart coordination)
    {
        var (config, metadata, quotas) = (core.Config, core.Metadata, configuration.Quotas);
        var (controller, timers) = (control.Gateway, core.Environment.SchedulerLoop);
        var admin = new AdminOperations(
            cluster.Store,
            core.Environment.Random,
            config.Current.InterBrokerProtocolVersion,
            new TopicDefaults(config.Current.NumPartitions, config.Current.DefaultReplicationFactor),
            new TopicConfigValidator());
        var autoCreation = new AutoTopicCreation(config, metadata, admin, quotas, timers, core.Logger<AutoTopicCreation>());
        return
        [
            new MetadataHandler(cluster.Identity, metadata, autoCreation, timers),
            new FindCoordinatorHandler(new CoordinatorLocator(coordination.Counts, metadata, autoCreation, timers)),
            new CreateTopicsHandler(controller, admin, metadata, new ConfigDescriptions(config), quotas, timers),
            new DeleteTopicsHandler(controller, admin, metadata, config, quotas, timers),
            new CreatePartitionsHandler(controller, admin, metadata, quotas, timers),
        ];
    }
}
