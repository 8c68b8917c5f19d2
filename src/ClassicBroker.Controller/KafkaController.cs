using ClassicBroker.Controller.Events;
using ClassicBroker.Controller.State;
using ClassicBroker.Metadata;
using ClassicBroker.Metadata.Sessions;
using ClassicBroker.Metadata.Znodes;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.ZooKeeper;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Controller;

/// <summary>
/// A broker's part in the election of the controller, and the active controller while this broker is it. Each broker has one. A watch on
/// <c>/controller</c> is a hint that makes it look again; the transaction of the election decides; the version of
/// <c>/controller_epoch</c> fences all that a deposed one still writes. Methods answer NOT_CONTROLLER where another broker
/// is active. Threading: the state belongs to the controller's loop; methods may be called from any and post events there.
/// </summary>
public sealed class KafkaController : ISessionListener
{
    /// <summary>Stands for no controller known.</summary>
    public const int NoController = -1;

    private const string NotControllerText = "This is not the correct controller for this cluster.";

    /// <summary>Counting a large cluster is work; metrics are this old at most.</summary>
    private static readonly TimeSpan FiguresInterval = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan FailedStartBackoff = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan RegistrationBackoff = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan MalformedEpochBackoff = TimeSpan.FromSeconds(5);

    private readonly ControllerServices _services;
    private readonly Func<BrokerRegistration> _registration;
    private readonly ControllerEventQueue _events;
    private readonly ControllerMetrics _metrics;
    private ActiveController? _active;
    private bool _figuresAreDue;
    private bool _stopped;
    private bool _epochIsMalformed;
    private volatile int _activeControllerId = NoController;
    private volatile bool _isActive;
    private volatile bool _isRegistered = true;
    private long _brokerEpoch;

    /// <param name="services">What the controller is built from.</param>
    /// <param name="brokerEpoch">The epoch the broker was registered with at start.</param>
    /// <param name="registration">The registration as it is to be renewed in a new session.</param>
    public KafkaController(ControllerServices services, long brokerEpoch, Func<BrokerRegistration> registration)
    {
        _services = services;
        _metrics = services.Metrics;
        _brokerEpoch = brokerEpoch;
        _registration = registration;
        _events = new(services.Loop, _metrics, Resign, OnEventProcessed, services.ControllerLog);
    }

    /// <summary>True while this broker is the controller.</summary>
    public bool IsActive => _isActive;

    /// <summary>Who is controller as far as we know, or <see cref="NoController"/>.</summary>
    public int ActiveControllerId => _activeControllerId;

    /// <summary>The epoch of this broker's present registration (KIP-380).</summary>
    public long BrokerEpoch => Interlocked.Read(ref _brokerEpoch);

    /// <summary>Is the broker registered in the session it has now? Any thread.</summary>
    public bool IsRegistered => _isRegistered;

    /// <summary>What the active controller knows, to be read on its loop; null where this broker is not it.</summary>
    internal ControllerContext? Context => _active?.Context;

    private int Id => _services.Config.BrokerId;

    /// <summary>Begins to take part in elections.</summary>
    public void Start()
    {
        _services.Store.Session.Watches.Register(new ZnodeChangeHandler(
            ControllerZnode.Path,
            Created: () => Put("ControllerChange", ReelectAsync),
            Deleted: () => Put("Reelect", ReelectAsync),
            DataChanged: () => Put("ControllerChange", ReelectAsync)));
        _services.Store.Session.Register(this);
        Put("Startup", ElectAsync);
    }

    /// <summary>Stops being the controller. The znode goes with the session.</summary>
    public Task StopAsync()
    {
        _services.Store.Session.Watches.UnregisterChange(ControllerZnode.Path);
        return _events.ClearAndPutAsync(new("ShutdownEventThread", () =>
        {
            _stopped = true;
            Resign();
            return Task.CompletedTask;
        }));
    }

    /// <summary>The controller znode went with the old session; the controller resigns before the new session begins.</summary>
    public Task BeforeInitializingSessionAsync() =>
        _events.ClearAndPutAsync(new("Expire", () =>
        {
            _isRegistered = false;
            _activeControllerId = NoController;
            Resign();
            return Task.CompletedTask;
        }));

    public void AfterInitializingSession() => Put("RegisterBrokerAndReelect", OnNewSessionAsync);

    /// <summary>ISR changes of a leader (KIP-497).</summary>
    public Task<AlterPartitionResponse> AlterPartitionAsync(AlterPartitionRequest request, short version) =>
        AskAsync(
            "AlterPartitionReceived",
            active => active.Alterations.AlterAsync(request, version),
            () => new() { ErrorCode = ErrorCode.NotController });

    /// <summary>Moves the leaderships of a broker that is about to stop.</summary>
    public Task<ControlledShutdownResponse> ControlledShutdownAsync(ControlledShutdownRequest request) =>
        AskAsync(
            "ControlledShutdown",
            active => active.Shutdowns.ShutDownAsync(request),
            () => new() { ErrorCode = ErrorCode.StaleControllerEpoch });

    /// <summary>A block of producer ids for a broker (KIP-730).</summary>
    public Task<AllocateProducerIdsResponse> AllocateProducerIdsAsync(AllocateProducerIdsRequest request) =>
        AskAsync(
            "AllocateProducerIds",
            async active =>
            {
                if (active.Context.Broker(request.BrokerId) is not { } broker)
                {
                    return new() { ErrorCode = ErrorCode.BrokerIdNotRegistered };
                }

                if (broker.Epoch != request.BrokerEpoch)
                {
                    return new() { ErrorCode = ErrorCode.StaleBrokerEpoch };
                }

                var block = await _services.Store.ProducerIds.AllocateAsync(request.BrokerId, active.Context.EpochZkVersion);
                return new() { ProducerIdStart = block.FirstId, ProducerIdLen = ProducerIdBlock.Size };
            },
            () => new AllocateProducerIdsResponse { ErrorCode = ErrorCode.NotController });

    /// <summary>Elections an operator asks for (KIP-460).</summary>
    public Task<ElectLeadersOutcome> ElectLeadersAsync(ElectLeadersRequest request) =>
        AskAsync(
            "ReplicaLeaderElection",
            active => ElectLeadersAnswers.AnswerAsync(active.Elections, request),
            () => ElectLeadersAnswers.NotController(request));

    /// <summary>Begins, replaces and cancels reassignments (KIP-455).</summary>
    public Task<AlterPartitionReassignmentsResponse> AlterPartitionReassignmentsAsync(AlterPartitionReassignmentsRequest request) =>
        AskAsync(
            "ApiPartitionReassignment",
            active => ReassignmentAnswers.AlterAsync(active.Reassignments, request),
            () => new() { ErrorCode = ErrorCode.NotController, ErrorMessage = NotControllerText });

    /// <summary>The reassignments under way (KIP-455).</summary>
    public Task<ListPartitionReassignmentsResponse> ListPartitionReassignmentsAsync(ListPartitionReassignmentsRequest request) =>
        AskAsync(
            "ListPartitionReassignments",
            active => Task.FromResult(ReassignmentAnswers.List(active.Reassignments, request)),
            () => new() { ErrorCode = ErrorCode.NotController, ErrorMessage = NotControllerText });

    /// <summary>Finalises features (KIP-584). Brokers in ZooKeeper mode support none, so that each is refused.</summary>
    public Task<UpdateFeaturesResponse> UpdateFeaturesAsync(UpdateFeaturesRequest request) =>
        AskAsync(
            "UpdateFeatures",
            _ => Task.FromResult(FeatureAnswers.Refuse(request, _services.Config.InterBrokerProtocol)),
            () => new() { ErrorCode = ErrorCode.NotController, ErrorMessage = NotControllerText });

    /// <summary>The default of <c>unclean.leader.election.enable</c> has become true, or with a topic that topic's.</summary>
    public void EnableUncleanLeaderElection(string? topic = null) =>
        Put(
            topic is null ? "UncleanLeaderElectionEnable" : "TopicUncleanLeaderElectionEnable",
            () => _active?.EnableUncleanElectionAsync(topic) ?? Task.CompletedTask);

    private void Put(string name, Func<Task> process) => _events.Put(new(name, process));

    /// <summary>
    /// Queues an event that answers; where this broker is not the active controller, or the session expires first, the answer is a refusal.
    /// </summary>
    private Task<T> AskAsync<T>(string name, Func<ActiveController, Task<T>> process, Func<T> refusal)
    {
        var answer = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        _events.Put(new(
            name,
            async () =>
            {
                if (_active is not { } active)
                {
                    answer.SetResult(refusal());
                    return;
                }

                try
                {
                    answer.SetResult(await process(active));
                }
                finally
                {
                    // The event failed: its own line is in the log, and the caller asks again, here or elsewhere.
                    answer.TrySetResult(refusal());
                }
            },
            () => answer.SetResult(refusal())));
        return answer.Task;
    }

    /// <summary>
    /// Whatever the watch said happened: what is there now decides. A znode that came and went before we looked leaves no controller,
    /// and no further event.
    /// </summary>
    private async Task ReelectAsync()
    {
        await LookAsync();
        if (_active is not null && _activeControllerId != Id)
        {
            Resign();
        }

        await ElectAsync();
    }

    private async Task OnNewSessionAsync()
    {
        if (_stopped)
        {
            return;
        }

        try
        {
            Interlocked.Exchange(ref _brokerEpoch, await _services.Store.Brokers.RegisterAsync(_registration()));
            _isRegistered = true;
        }
        catch (Exception failure) when (failure is DuplicateBrokerException or (ZooKeeperException and not SessionExpiredException))
        {
            // The broker serves what it leads until others are told to; without registration it must not stay.
            _services.ControllerLog.LogError(
                failure, "[Controller id={Id}] Could not register the broker in the new session; trying again", Id);
            _services.Loop.Schedule(AfterInitializingSession, RegistrationBackoff);
            return;
        }

        await ReelectAsync();
    }

    /// <summary>Watches <c>/controller</c>, there or not, and remembers who is the active controller.</summary>
    private async Task LookAsync()
    {
        await _services.Store.Controller.WatchAsync();
        _activeControllerId = await _services.Store.Controller.GetControllerIdAsync() ?? NoController;
    }

    private async Task ElectAsync()
    {
        if (_active is not null || _stopped)
        {
            return;
        }

        await LookAsync();
        if (_activeControllerId != NoController)
        {
            _services.ControllerLog.LogDebug(
                "[Controller id={Id}] Broker {Active} has been elected as the controller, so stopping the election process.",
                Id,
                _activeControllerId);
            return;
        }

        ElectedController election;
        try
        {
            election = await _services.Store.Controller.ElectAsync(Id);
            _epochIsMalformed = false;
        }
        catch (MalformedDataException malformed)
        {
            // No watch tells when an operator has mended the epoch: look again now and then, and say once what is wrong.
            if (!_epochIsMalformed)
            {
                _services.ControllerLog.LogError("[Controller id={Id}] No controller can be elected: {Reason}", Id, malformed.Message);
            }

            _epochIsMalformed = true;
            _services.Loop.Schedule(() => Put("Reelect", ReelectAsync), MalformedEpochBackoff);
            return;
        }
        catch (ControllerMovedException moved)
        {
            await LookAsync();
            _services.ControllerLog.LogDebug(
                moved, "[Controller id={Id}] Broker {Active} was elected as controller instead.", Id, _activeControllerId);
            return;
        }

        _services.ControllerLog.LogInformation(
            "[Controller id={Id}] {Id} successfully elected as the controller. Epoch incremented to {Epoch} and epoch zk "
                + "version is now {Version}",
            Id,
            Id,
            election.Epoch,
            election.EpochZkVersion);
        await TakeOfficeAsync(election);
    }

    private async Task TakeOfficeAsync(ElectedController election)
    {
        _active = new(_services, election, _events.Put);
        _activeControllerId = Id;
        _isActive = true;
        try
        {
            await _active.StartAsync();
        }
        catch (Exception failure) when (failure is (ZooKeeperException and not SessionExpiredException) or MalformedDataException)
        {
            // Half a controller is worse than none: let another broker try.
            _services.ControllerLog.LogError(
                failure, "[Controller id={Id}] Error while electing or becoming controller. Trigger controller movement immediately", Id);
            Resign();

            // What failed now may fail the next one just so; elections must not follow each other as fast as ZooKeeper can count.
            await _services.Loop.DelayAsync(FailedStartBackoff);
            await _services.Store.Controller.ResignAsync(election.EpochZkVersion);
        }
    }

    private void OnEventProcessed(int queued)
    {
        _metrics.ShowQueued(queued);
        if (!_figuresAreDue)
        {
            _figuresAreDue = true;
            _services.Loop.Schedule(ShowFigures, FiguresInterval);
        }
    }

    private void ShowFigures()
    {
        _figuresAreDue = false;
        _metrics.Show(_isActive, _active?.Context.Figures() ?? State.ControllerGauges.Inactive);
    }

    private void Resign()
    {
        if (_active is { } active)
        {
            _services.ControllerLog.LogDebug("[Controller id={Id}] Resigning", Id);
            _active = null;
            _isActive = false;
            active.Resign();
            _services.ControllerLog.LogDebug("[Controller id={Id}] Resigned", Id);
        }
    }
}
