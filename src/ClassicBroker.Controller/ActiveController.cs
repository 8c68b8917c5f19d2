using ClassicBroker.Controller.Events;
using ClassicBroker.Controller.Requests;
using ClassicBroker.Controller.State;
using ClassicBroker.Metadata;
using ClassicBroker.Metadata.Znodes;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Controller;

/// <summary>
/// One activation of a broker as controller, from its election to its resignation. All it knows lives and dies with it, so that nothing of
/// one activation is left in the next. Failure strategy: the successor finds what is half done in ZooKeeper and finishes it;
/// requests it had queued are lost, and the successor tells every broker everything. Threading: the controller's loop.
/// </summary>
internal sealed class ActiveController : IBrokerResponses
{
    private static readonly TimeSpan FirstBalanceDelay = TimeSpan.FromSeconds(5);

    private readonly ControllerConfig _config;
    private readonly MetadataStore _store;
    private readonly IEventLoop _loop;
    private readonly Action<ControllerEvent> _put;
    private readonly ILogger _logger;
    private readonly BrokerChannels _channels;
    private readonly BrokerRequests _requests;
    private readonly PartitionStateMachine _partitions;
    private readonly ReplicaStateMachine _replicas;
    private readonly TopicDeletions _deletions;
    private readonly TopicEvents _topicEvents;
    private readonly BrokerEvents _brokerEvents;
    private readonly NotificationEvents _notificationEvents;
    private IScheduledWork? _balance;
    private bool _ended;

    public ActiveController(ControllerServices services, ElectedController election, Action<ControllerEvent> put)
    {
        _config = services.Config;
        _store = services.Store;
        _loop = services.Loop;
        _put = put;
        _logger = services.ControllerLog;
        var stateChanges = services.StateChangeLog;
        Context = new(_config.BrokerId, election);
        _channels = new(_config, services.Links, _loop, services.Metrics, _logger);
        _requests = new(_config, Context, _channels, this, stateChanges);
        _partitions = new(
            _config, Context, _store.PartitionStates, _store.Configs, _requests, services.Metrics.UncleanElections, stateChanges);
        _replicas = new(Context, _store.PartitionStates, _requests, stateChanges);
        _deletions = new(_config, Context, _store, _partitions, _replicas, _requests, _logger);
        var scope = new EventScope(_config, Context, _store, _partitions, _replicas, _deletions, _requests, _channels, _logger, Put);
        var dropped = new DroppedReplicas(scope);
        Reassignments = new(scope, dropped);
        Elections = new(scope);
        Alterations = new(scope, Reassignments);
        Shutdowns = new(scope);
        _topicEvents = new(scope, services.Random);
        _brokerEvents = new(scope, Reassignments, dropped);
        _notificationEvents = new(scope, Reassignments, _brokerEvents);
    }

    public ControllerContext Context { get; }

    public Reassignments Reassignments { get; }

    public LeaderElections Elections { get; }

    public PartitionAlterations Alterations { get; }

    public ControlledShutdowns Shutdowns { get; }

    /// <summary>Becomes active (Kafka's onControllerFailover). The order matters: watches before reads, reads before requests.</summary>
    public async Task StartAsync()
    {
        await SettleFeaturesAsync();
        _logger.LogInformation("[Controller id={Id}] Registering handlers", Context.BrokerId);
        RegisterWatches();
        await _notificationEvents.DiscardAsync();
        await LoadContextAsync();
        var marked = await _store.Topics.GetDeletionsAsync();
        await _deletions.StartAsync(marked, IneligibleForDeletion());

        // Brokers must know each other before LeaderAndIsr tells one to fetch from another.
        _requests.SendUpdateMetadata(Context.LiveOrShuttingDownBrokerIds, []);
        await _replicas.StartAsync();
        await _partitions.StartAsync();
        _logger.LogInformation(
            "[Controller id={Id}] Ready to serve as the new controller with epoch {Epoch}", Context.BrokerId, Context.Epoch);
        await Reassignments.StartAsync();
        await _deletions.ResumeAsync();
        await Elections.OnZkElectionAsync();
        if (_config.AutoLeaderRebalanceEnable)
        {
            ScheduleBalance(FirstBalanceDelay);
        }
    }

    /// <summary>Becomes inactive; events of this activation that are still queued are void.</summary>
    public void Resign()
    {
        _ended = true;
        _balance?.Cancel();
        _topicEvents.UnregisterWatches();
        _brokerEvents.UnregisterWatches();
        _notificationEvents.UnregisterWatches();
        Reassignments.UnregisterWatches();
        Elections.UnregisterWatches();
        _channels.Close();
    }

    /// <summary>Unclean leaders are allowed now, for all topics or for one: try again what could not be elected.</summary>
    public Task EnableUncleanElectionAsync(string? topic) =>
        _partitions.TriggerOnlineAsync(partition => topic is null || partition.Topic == topic);

    public void LeaderAndIsrAnswered(int brokerId, LeaderAndIsrResponse response) =>
        Put("LeaderAndIsrResponseReceived", () => _notificationEvents.OnLeaderAndIsrAnswerAsync(brokerId, response));

    public void UpdateMetadataAnswered(int brokerId, UpdateMetadataResponse response)
    {
        if (response.ErrorCode != ErrorCode.None)
        {
            _logger.LogError(
                "Received error {Error} in UpdateMetadata response from broker {BrokerId}", response.ErrorCode.WireName(), brokerId);
        }
    }

    public void StopReplicaAnswered(int brokerId, StopReplicaResponse response, IReadOnlySet<TopicPartition> deleted)
    {
        if (deleted.Count > 0)
        {
            Put("TopicDeletionStopReplicaResponseReceived", () => _topicEvents.OnStopReplicaAnswerAsync(brokerId, response, deleted));
        }
    }

    private void Put(string name, Func<Task> process) => _put(new(name, () => _ended ? Task.CompletedTask : process()));

    private void RegisterWatches()
    {
        _brokerEvents.RegisterWatches();
        _topicEvents.RegisterWatches();
        _notificationEvents.RegisterWatches();
        Elections.RegisterWatches();
        Reassignments.RegisterWatches();
    }

    private async Task SettleFeaturesAsync()
    {
        FeatureState? stored;
        try
        {
            stored = await _store.Features.GetAsync();
        }
        catch (MalformedDataException failure)
        {
            _logger.LogError(
                "[Controller id={Id}] The finalized features stay as they are: {Reason}", Context.BrokerId, failure.Message);
            return;
        }

        var wanted = !_config.InterBrokerProtocol.SupportsFeatureVersioning() ? FinalizedFeatures.DisabledEmpty
            : stored is { Features: { Enabled: true } finalized } ? finalized
            : FinalizedFeatures.EnabledEmpty;
        if (stored?.FormatVersion != FeatureZnode.FormatVersion(_config.InterBrokerProtocol)
            || stored.Features.Enabled != wanted.Enabled
            || stored.Features.MaxVersionLevels.Count != wanted.MaxVersionLevels.Count)
        {
            await _store.Features.SetAsync(wanted, Context.EpochZkVersion);
        }
    }

    private async Task LoadContextAsync()
    {
        await _brokerEvents.LoadAsync();
        await _topicEvents.LoadAsync();
        foreach (var (partition, state) in await _store.PartitionStates.GetAsync([.. Context.AllPartitions]))
        {
            Context.SetLeadership(partition, state);
        }

        _logger.LogInformation(
            "[Controller id={Id}] Currently active brokers in the cluster: {Brokers}",
            Context.BrokerId,
            string.Join(',', Context.LiveBrokerIds));
        _logger.LogInformation(
            "[Controller id={Id}] Current list of topics in the cluster: {Topics}", Context.BrokerId, string.Join(',', Context.AllTopics));
    }

    private string[] IneligibleForDeletion() =>
    [
        .. Context.AllTopics.Where(topic =>
            Context.ReplicasOf(topic).Any(replica => !Context.IsReplicaOnline(replica.Replica, replica.Partition))
            || Context.PartitionsOf(topic).Any(Context.PartitionsBeingReassigned.Contains)),
    ];

    private void ScheduleBalance(TimeSpan delay) =>
        _balance = _loop.Schedule(
            () => Put("AutoPreferredReplicaLeaderElection", async () =>
            {
                // Whatever becomes of this round, there is a next one.
                ScheduleBalance(_config.LeaderImbalanceCheckInterval);
                await Elections.BalanceAsync();
            }),
            delay);
}
