using ClassicBroker.Controller.Requests;
using ClassicBroker.Metadata;
using ClassicBroker.Metadata.Stores;
using ClassicBroker.Metadata.Znodes;
using ClassicBroker.Platform.Metrics;
using ClassicBroker.Primitives;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Controller.State;

/// <summary>
/// Moves partitions between their states. Only the way to Online leaves the memory of the controller: a new partition gets its first
/// leader and its state znode, any other an election. A move from another state than these is logged and not made.
///
/// | to          | from                 |
/// |-------------|----------------------|
/// | New         | NonExistent          |
/// | Online      | New, Online, Offline |
/// | Offline     | New, Online, Offline |
/// | NonExistent | Offline              |
///
/// Failure strategy: a partition that cannot be brought online keeps its state, and every later broker or topic event tries again.
/// Threading: the controller's loop.
/// </summary>
internal sealed class PartitionStateMachine(
    ControllerConfig config,
    ControllerContext context,
    PartitionStateStore states,
    ConfigStore configs,
    BrokerRequests requests,
    MetricCounter uncleanElections,
    ILogger stateChanges)
{
    private const string UncleanLeaderElectionKey = "unclean.leader.election.enable";

    /// <summary>Puts every partition where a controller that has just been elected finds it, and elects leaders where they miss.</summary>
    public async Task StartAsync()
    {
        foreach (var partition in context.AllPartitions.ToArray())
        {
            context.SetStatus(
                partition,
                context.LeadershipOf(partition) is not { } state ? PartitionStatus.NewPartition
                : context.IsReplicaOnline(state.LeaderAndIsr.Leader, partition) && !context.HasLeaderReturnedUnseen(partition)
                    ? PartitionStatus.OnlinePartition
                : PartitionStatus.OfflinePartition);
        }

        await TriggerOnlineAsync();
    }

    /// <summary>Tries to bring online whatever is not, but for what is being deleted.</summary>
    public Task<StateChangeOutcome> TriggerOnlineAsync() => TriggerOnlineAsync(_ => true);

    /// <inheritdoc cref="TriggerOnlineAsync()"/>
    public Task<StateChangeOutcome> TriggerOnlineAsync(Func<TopicPartition, bool> selection) =>
        BringOnlineAsync(
            [
                .. context.PartitionsIn(PartitionStatus.OfflinePartition, PartitionStatus.NewPartition)
                    .Where(partition => !context.IsQueuedForDeletion(partition.Topic) && selection(partition)),
            ],
            ElectionStrategy.Offline);

    /// <summary>Moves partitions to a state that only the controller's memory knows.</summary>
    public void Move(IReadOnlyCollection<TopicPartition> partitions, PartitionStatus target)
    {
        foreach (var partition in partitions)
        {
            if (IsValid(partition, target))
            {
                Enter(partition, target, null);
            }
        }
    }

    /// <summary>
    /// Gives partitions a leader, by the strategy where they had one before, and sends the news in one batch.
    /// <paramref name="lastResorts"/> says who leads a partition whose replicas in sync all refuse to.
    /// </summary>
    public async Task<StateChangeOutcome> BringOnlineAsync(
        IReadOnlyCollection<TopicPartition> partitions,
        ElectionStrategy strategy,
        IReadOnlyDictionary<TopicPartition, int>? lastResorts = null)
    {
        var outcome = new StateChangeOutcome();
        if (partitions.Count == 0)
        {
            return outcome;
        }

        TopicPartition[] valid = [.. partitions.Where(partition => IsValid(partition, PartitionStatus.OnlinePartition))];
        var batch = requests.NewBatch();
        await InitializeAsync([.. valid.Where(IsNew)], batch, outcome);
        await ElectAsync([.. valid.Where(partition => !IsNew(partition))], strategy, lastResorts, batch, outcome);
        foreach (var (partition, leaderAndIsr) in outcome.Elected)
        {
            Enter(partition, PartitionStatus.OnlinePartition, leaderAndIsr);
        }

        foreach (var (partition, reason) in outcome.Failed)
        {
            stateChanges.LogError(
                "[Controller id={Id} epoch={Epoch}] Controller {Id} epoch {Epoch} failed to change state for partition "
                    + "{Partition} from {From} to OnlinePartition: {Reason}",
                context.BrokerId,
                context.Epoch,
                context.BrokerId,
                context.Epoch,
                partition,
                context.StatusOf(partition),
                reason);
        }

        batch.Send();
        return outcome;
    }

    private static bool MayFollow(PartitionStatus from, PartitionStatus to) =>
        to switch
        {
            PartitionStatus.NewPartition => from is PartitionStatus.NonExistentPartition,
            PartitionStatus.OnlinePartition or PartitionStatus.OfflinePartition => from is not PartitionStatus.NonExistentPartition,
            PartitionStatus.NonExistentPartition => from is PartitionStatus.OfflinePartition,
            _ => throw new ArgumentOutOfRangeException(nameof(to)),
        };

    private bool IsNew(TopicPartition partition) => context.StatusOf(partition) == PartitionStatus.NewPartition;

    private bool IsValid(TopicPartition partition, PartitionStatus target)
    {
        var from = context.StatusOf(partition);
        if (MayFollow(from, target))
        {
            return true;
        }

        stateChanges.LogError(
            "[Controller id={Id} epoch={Epoch}] Partition {Partition} cannot move from {From} to {To}",
            context.BrokerId,
            context.Epoch,
            partition,
            from,
            target);
        return false;
    }

    private void Enter(TopicPartition partition, PartitionStatus status, LeaderAndIsr? leaderAndIsr)
    {
        if (leaderAndIsr is null)
        {
            stateChanges.LogInformation(
                "[Controller id={Id} epoch={Epoch}] Changed partition {Partition} state from {From} to {To} with assigned "
                    + "replicas {Replicas}",
                context.BrokerId,
                context.Epoch,
                partition,
                context.StatusOf(partition),
                status,
                string.Join(',', context.Replicas(partition)));
        }
        else
        {
            stateChanges.LogInformation(
                "[Controller id={Id} epoch={Epoch}] Changed partition {Partition} from {From} to {To} with state {State}",
                context.BrokerId,
                context.Epoch,
                partition,
                context.StatusOf(partition),
                status,
                leaderAndIsr);
        }

        context.SetStatus(partition, status);
    }

    /// <summary>
    /// The first leader of a new partition is its first live replica, and all its live replicas are in sync: they are all empty.
    /// </summary>
    private async Task InitializeAsync(TopicPartition[] partitions, ControllerRequestBatch batch, StateChangeOutcome outcome)
    {
        var first = new List<KeyValuePair<TopicPartition, PartitionState>>(partitions.Length);
        foreach (var partition in partitions)
        {
            int[] online = [.. context.Replicas(partition).Where(replica => context.IsReplicaOnline(replica, partition))];
            if (online.Length == 0)
            {
                outcome.Failed[partition] =
                    $"assigned replicas are [{string.Join(',', context.Replicas(partition))}], live brokers are "
                    + $"[{string.Join(',', context.LiveBrokerIds)}]. No assigned replica is alive.";
                continue;
            }

            var leaderAndIsr = new LeaderAndIsr
            {
                Leader = online[0],
                LeaderEpoch = LeaderAndIsr.InitialLeaderEpoch,
                Isr = online,
                PartitionEpoch = LeaderAndIsr.InitialPartitionEpoch,
            };
            first.Add(KeyValuePair.Create(partition, new PartitionState(leaderAndIsr, context.Epoch)));
        }

        var writes = await states.CreateAsync(first, context.EpochZkVersion);
        foreach (var (partition, leaderAndIsr) in writes.Written)
        {
            Adopt(partition, leaderAndIsr, leaderAndIsr.Isr, isNew: true, batch, outcome);
        }

        foreach (var (partition, error) in writes.Failed)
        {
            outcome.Failed[partition] = $"the state could not be created: ZooKeeper answered {error}";
        }
    }

    private async Task ElectAsync(
        IReadOnlyList<TopicPartition> partitions,
        ElectionStrategy strategy,
        IReadOnlyDictionary<TopicPartition, int>? lastResorts,
        ControllerRequestBatch batch,
        StateChangeOutcome outcome)
    {
        var remaining = partitions;
        while (remaining.Count > 0)
        {
            var stored = await ReadAsync(remaining, outcome);
            var unclean = await UncleanAllowedAsync(stored, strategy);
            var results = new Dictionary<TopicPartition, ElectionOutcome>();
            foreach (var (partition, state) in stored)
            {
                var result = Election.Elect(
                    context,
                    partition,
                    state.LeaderAndIsr,
                    strategy,
                    unclean.Contains(partition),
                    lastResorts is not null && lastResorts.TryGetValue(partition, out var lastResort) ? lastResort : null,
                    config.InterBrokerProtocol.SupportsLeaderRecovery());
                if (result is null)
                {
                    outcome.Failed[partition] = $"Failed to elect leader for partition {partition} under strategy {KafkaNameOf(strategy)}";
                }
                else
                {
                    results[partition] = result;
                }
            }

            var writes = await states.UpdateAsync(
                [.. results.Select(entry => KeyValuePair.Create(entry.Key, new PartitionState(entry.Value.LeaderAndIsr, context.Epoch)))],
                context.EpochZkVersion);
            foreach (var (partition, leaderAndIsr) in writes.Written)
            {
                if (results[partition].IsUnclean)
                {
                    uncleanElections.Increment();
                }

                Adopt(partition, leaderAndIsr, results[partition].Recipients, isNew: false, batch, outcome);
            }

            foreach (var (partition, error) in writes.Failed)
            {
                outcome.Failed[partition] = $"the state could not be written: ZooKeeper answered {error}";
            }

            remaining = writes.Stale;
        }
    }

    private void Adopt(
        TopicPartition partition,
        LeaderAndIsr leaderAndIsr,
        IReadOnlyList<int> recipients,
        bool isNew,
        ControllerRequestBatch batch,
        StateChangeOutcome outcome)
    {
        context.SetLeadership(partition, leaderAndIsr);
        outcome.Elected[partition] = leaderAndIsr;
        batch.AddLeaderAndIsr(recipients, partition, context.LeadershipOf(partition)!, context.Assignment(partition), isNew);
    }

    private async Task<Dictionary<TopicPartition, PartitionState>> ReadAsync(
        IReadOnlyList<TopicPartition> partitions, StateChangeOutcome outcome)
    {
        var stored = await states.GetAsync(partitions);
        foreach (var partition in partitions)
        {
            if (!stored.TryGetValue(partition, out var state))
            {
                outcome.Failed[partition] =
                    $"LeaderAndIsr information doesn't exist for partition {partition} in {context.StatusOf(partition)} state";
            }
            else if (state.ControllerEpoch > context.Epoch)
            {
                outcome.Failed[partition] =
                    $"Aborted leader election for partition {partition} since the LeaderAndIsr path was already written by "
                        + $"another controller. "
                    + $"This probably means that the current controller {context.BrokerId} went through a soft failure and another "
                    + $"controller was "
                    + $"elected with epoch {state.ControllerEpoch}.";
                stored.Remove(partition);
            }
        }

        return stored;
    }

    /// <summary>Of the partitions none of whose in-sync replicas can lead, those whose topic allows another leader.</summary>
    private async Task<HashSet<TopicPartition>> UncleanAllowedAsync(
        Dictionary<TopicPartition, PartitionState> stored, ElectionStrategy strategy)
    {
        TopicPartition[] hopeless = strategy is not (ElectionStrategy.Offline or ElectionStrategy.OfflineUnclean)
            ? []
            : [.. stored.Where(entry => !entry.Value.LeaderAndIsr.Isr.Any(member =>
                context.MayLead(member, entry.Key))).Select(entry => entry.Key)];
        if (strategy == ElectionStrategy.OfflineUnclean)
        {
            return [.. hopeless];
        }

        var allowed = new HashSet<TopicPartition>();
        foreach (var topic in hopeless.GroupBy(partition => partition.Topic, StringComparer.Ordinal))
        {
            var overrides = await configs.TryGetAsync(ConfigEntityZnode.Topics, topic.Key);
            var allows = overrides?.GetValueOrDefault(UncleanLeaderElectionKey) is { } text
                && JavaText.TryParseBoolean(JavaText.Trim(text), out var flag)
                ? flag
                : config.UncleanLeaderElectionEnable;
            if (allows)
            {
                allowed.UnionWith(topic);
            }
        }

        return allowed;
    }

    /// <summary>Operators see it: the name of Kafka's class.</summary>
    private static string KafkaNameOf(ElectionStrategy strategy) => strategy switch
    {
        ElectionStrategy.Offline => "OfflinePartitionLeaderElectionStrategy(false)",
        ElectionStrategy.OfflineUnclean => "OfflinePartitionLeaderElectionStrategy(true)",
        ElectionStrategy.Reassign => "ReassignPartitionLeaderElectionStrategy",
        ElectionStrategy.Preferred => "PreferredReplicaPartitionLeaderElectionStrategy",
        _ => "ControlledShutdownPartitionLeaderElectionStrategy",
    };
}
