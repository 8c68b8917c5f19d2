using ClassicBroker.Metadata;
using ClassicBroker.Primitives;

namespace ClassicBroker.Controller.State;

/// <summary>
/// The elections: pure functions of the context, the stored state and the strategy. The order of the assignment decides between
/// candidates, never that of the ISR. Null where no replica can be elected.
/// </summary>
internal static class Election
{
    /// <param name="context">Knows assignments and who is online.</param>
    /// <param name="partition">Whose leader is elected.</param>
    /// <param name="stored">What ZooKeeper holds.</param>
    /// <param name="strategy">Why.</param>
    /// <param name="uncleanAllowed">For <see cref="ElectionStrategy.Offline"/>: the topic allows leaders out of sync.</param>
    /// <param name="lastResort">For <see cref="ElectionStrategy.Offline"/>: who leads where all in sync refuse to; null for none.</param>
    /// <param name="marksRecovery">A leader that lacks committed records is marked as recovering (KIP-704).</param>
    public static ElectionOutcome? Elect(
        ControllerContext context,
        TopicPartition partition,
        LeaderAndIsr stored,
        ElectionStrategy strategy,
        bool uncleanAllowed,
        int? lastResort,
        bool marksRecovery)
    {
        var outcome = strategy switch
        {
            ElectionStrategy.Offline or ElectionStrategy.OfflineUnclean => Offline(
                context, partition, stored, uncleanAllowed, lastResort, marksRecovery),
            ElectionStrategy.Reassign => Reassign(context, partition, stored),
            ElectionStrategy.Preferred => Preferred(context, partition, stored),
            ElectionStrategy.ControlledShutdown => ControlledShutdown(context, partition, stored),
            _ => throw new ArgumentOutOfRangeException(nameof(strategy)),
        };
        if (outcome is { LeaderAndIsr: var elected })
        {
            Invariant.Require(elected.LeaderEpoch > stored.LeaderEpoch);
            Invariant.Require(elected.Isr.Contains(elected.Leader));
            Invariant.Require(elected.PartitionEpoch == stored.PartitionEpoch);
        }

        return outcome;
    }

    private static ElectionOutcome? Offline(
        ControllerContext context,
        TopicPartition partition,
        LeaderAndIsr stored,
        bool uncleanAllowed,
        int? lastResort,
        bool marksRecovery)
    {
        int[] online = [.. context.Replicas(partition).Where(replica => context.IsReplicaOnline(replica, partition))];
        if (FirstOrNull(online, replica => stored.Isr.Contains(replica) && context.MayLead(replica, partition)) is { } inSync)
        {
            int[] isr = [.. stored.Isr.Where(replica => context.MayLead(replica, partition))];
            return new(stored.WithLeaderAndIsr(inSync, isr), online);
        }

        if (online.Length == 0 || (!uncleanAllowed && lastResort is null))
        {
            return null;
        }

        var leader = lastResort ?? online[0];
        var unclean = stored.WithLeaderAndIsr(leader, [leader]);
        return new(marksRecovery ? unclean with { RecoveryState = LeaderRecoveryState.Recovering } : unclean, online) { IsUnclean = true };
    }

    private static ElectionOutcome? Reassign(ControllerContext context, TopicPartition partition, LeaderAndIsr stored)
    {
        var targets = context.Assignment(partition).TargetReplicas;
        return FirstOrNull(targets, replica => context.MayLead(replica, partition) && stored.Isr.Contains(replica)) is { } leader
            ? new(stored.WithLeader(leader), targets)
            : null;
    }

    private static ElectionOutcome? Preferred(ControllerContext context, TopicPartition partition, LeaderAndIsr stored)
    {
        var replicas = context.Replicas(partition);
        return replicas.Count > 0 && context.MayLead(replicas[0], partition) && stored.Isr.Contains(replicas[0])
            ? new(stored.WithLeader(replicas[0]), replicas)
            : null;
    }

    private static ElectionOutcome? ControlledShutdown(ControllerContext context, TopicPartition partition, LeaderAndIsr stored)
    {
        int[] reachable = [.. context.Replicas(partition).Where(
            replica => context.IsReplicaOnline(replica, partition, includeShuttingDown: true))];
        int[] isr = [.. stored.Isr.Where(replica => !context.ShuttingDownBrokerIds.Contains(replica))];
        return FirstOrNull(reachable, isr.Contains) is { } leader ? new(stored.WithLeaderAndIsr(leader, isr), reachable) : null;
    }

    private static int? FirstOrNull(IReadOnlyList<int> replicas, Func<int, bool> condition)
    {
        foreach (var replica in replicas)
        {
            if (condition(replica))
            {
                return replica;
            }
        }

        return null;
    }
}
