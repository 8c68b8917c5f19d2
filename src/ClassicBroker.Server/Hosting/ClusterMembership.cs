using ClassicBroker.Controller;
using ClassicBroker.Metadata;
using ClassicBroker.Metadata.Images;
using ClassicBroker.Platform;
using ClassicBroker.Server.Config;
using ClassicBroker.Server.Control;
using ClassicBroker.ZooKeeper;

namespace ClassicBroker.Server.Hosting;

/// <summary>
/// Makes the broker known to its cluster: <c>/brokers/ids/N</c>, whose czxid is the broker's epoch, its part in the controller's
/// election, and the wait until the cluster knows it. Used once, at start.
/// </summary>
internal sealed class ClusterMembership(
    KafkaConfig config,
    BrokerIdentity identity,
    MetadataStore store,
    KafkaServerEnvironment environment,
    ControllerMetrics controllerMetrics,
    ServerTrace trace)
{
    private const string UncleanElections = "unclean.leader.election.enable";

    private static readonly TimeSpan OwnMetadataPatience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan OwnMetadataStep = TimeSpan.FromMilliseconds(10);

    private readonly ControllerConfig _controllerConfig = ControllerSettings(config, identity);
    private KafkaController? _controller;
    private volatile BrokerRegistration? _registration;

    /// <summary>Registers the broker, reachable at <paramref name="ports"/>, and starts its part of the controller.</summary>
    public async Task JoinAsync(IReadOnlyDictionary<string, int> ports, ControllerGateway gateway, BrokerLinks links)
    {
        var registration = _registration = Registration(config, ports);
        Announce(config, registration);
        var epoch = await store.Brokers.RegisterAsync(registration);
        var services = ControllerServices.Create(
            _controllerConfig, store, environment.ControllerLoop, links, environment.Random, environment.Loggers, controllerMetrics);
        var controller = new KafkaController(services, epoch, () => _registration with { TimestampMs = environment.Time.UnixMs() });
        gateway.Attach(controller);
        _controller = controller;
        controller.Start();
    }

    /// <summary>Registers the broker under the addresses of a changed configuration, where these are others.</summary>
    public async Task UpdateAsync(KafkaConfig changed, IReadOnlyDictionary<string, int> ports)
    {
        // A listener that could not be opened is not advertised.
        var registration = Registration(changed, ports);
        if (registration.Endpoints.SequenceEqual(_registration!.Endpoints))
        {
            return;
        }

        _registration = registration;
        Announce(changed, registration);
        try
        {
            await store.Brokers.UpdateAsync(registration);
        }
        catch (ZooKeeperException failure)
        {
            // A session that has ended takes the registration with it, and the next one is made with these addresses.
            trace.RegistrationNotUpdated(failure.Message);
        }
    }

    /// <summary>
    /// Takes over what the controller may learn while it runs. Partitions without a leader get one at once when unclean elections are
    /// allowed.
    /// </summary>
    public void Reconfigure(KafkaConfig changed)
    {
        var isAllowed = changed.Values.Bool(UncleanElections);
        var wasAllowed = _controllerConfig.UncleanLeaderElectionEnable;
        _controllerConfig.UncleanLeaderElectionEnable = isAllowed;
        if (isAllowed && !wasAllowed)
        {
            _controller?.EnableUncleanLeaderElection();
        }
    }

    /// <summary>
    /// Ends once this broker knows itself from the controller's metadata: clients served earlier would be told that the cluster has no
    /// brokers. A controller elsewhere needs a connection for that, so the wait is over as soon as another broker is the active controller.
    /// </summary>
    public async Task AwaitOwnMetadataAsync(MetadataCache metadata, ControllerGateway gateway)
    {
        var end = environment.Time.GetUtcNow() + OwnMetadataPatience;
        while (!IsKnown(metadata.Current)
            && (gateway.IsActive || gateway.Local!.ActiveControllerId == KafkaController.NoController)
            && environment.Time.GetUtcNow() < end)
        {
            await metadata.WaitForAsync(IsKnown, OwnMetadataStep, environment.SchedulerLoop);
        }
    }

    private bool IsKnown(MetadataImage image) => image.IsAlive(identity.BrokerId.Value);

    private BrokerRegistration Registration(KafkaConfig config, IReadOnlyDictionary<string, int> ports) =>
        new(
            identity.BrokerId.Value,
            [
                .. config.Listeners.Advertised.Where(endpoint => ports.ContainsKey(endpoint.ListenerName)).Select(
                    endpoint => endpoint.Port == 0 ? endpoint with { Port = ports[endpoint.ListenerName] } : endpoint)
            ],
            config.Rack,
            environment.JmxPort,
            environment.Time.UnixMs());

    private static ControllerConfig ControllerSettings(KafkaConfig config, BrokerIdentity identity) =>
        new()
        {
            BrokerId = identity.BrokerId.Value,
            InterBrokerProtocol = config.InterBrokerProtocolVersion,
            ControllerListenerName = config.Listeners.ControlPlane ?? config.Listeners.InterBroker,
            DeleteTopicEnable = config.DeleteTopicEnable,
            AutoLeaderRebalanceEnable = config.AutoLeaderRebalanceEnable,
            LeaderImbalanceCheckInterval = TimeSpan.FromSeconds(config.LeaderImbalanceCheckIntervalSeconds),
            LeaderImbalancePerBrokerPercentage = config.LeaderImbalancePerBrokerPercentage,
            UncleanLeaderElectionEnable = config.Values.Bool(UncleanElections),
        };

    private void Announce(KafkaConfig config, BrokerRegistration registration)
    {
        foreach (var bound in config.Listeners.Bound)
        {
            var advertised = registration.Endpoint(bound.ListenerName);
            trace.Listener(bound.ToString(), advertised?.ToString() ?? "not advertised");
            if (advertised is { Host: "localhost" or "127.0.0.1" or "::1" } && bound.Host is "" or "0.0.0.0" or "::")
            {
                trace.AdvertisedLocalhost(bound.ListenerName, advertised!.Host);
            }
        }
    }
}
