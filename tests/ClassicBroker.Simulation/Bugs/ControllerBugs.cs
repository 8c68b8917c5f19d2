using System.Text;
using System.Text.RegularExpressions;
using ClassicBroker.Protocol;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Simulation.Ports;
using ClassicBroker.Simulation.Runs;
using ClassicBroker.Testing.ZooKeeper;
using ClassicBroker.ZooKeeper;

namespace ClassicBroker.Simulation.Bugs;

/// <summary>Mistakes of the controller, and of brokers towards it, made in ZooKeeper and in the controller's requests.</summary>
internal static partial class ControllerBugs
{
    private const string Ids = "/brokers/ids";

    public static Func<PlantedBug>[] All { get; } =
    [
        () => new()
        {
            Name = "ZkWriteWithoutEpochCheck",
            What = "A controller writes without a check that it still is the controller",
            Invariants = ["W4", "W8"],
            Adapt = scenario => scenario with { FaultKinds = [FaultKind.ControllerRemoved, FaultKind.Kill, FaultKind.StaleZooKeeper] },
            ZooKeeper = session => new BentZooKeeper(session)
            {
                OnMulti = operations =>
                    [.. operations.Select(op => op is CheckOp check ? check with { Version = ZnodeVersion.Any } : op)],
            },
        },
        () => new()
        {
            Name = "LeaderEpochNotBumped",
            What = "A controller elects another leader in the same leader epoch",
            Invariants = ["W4", "L2"],
            ZooKeeper = session => new BentZooKeeper(session) { OnMulti = operations => [.. operations.Select(Unbumped)] },
        },
        () => new()
        {
            Name = "BlindZkWrite",
            What = "A state znode is written whatever version it has",
            Invariants = ["W1", "W4", "W5", "W8", "L2"],
            Adapt = scenario => scenario with
            {
                InterBrokerProtocol = "2.6-IV0",
                FaultKinds = [FaultKind.Partition, FaultKind.ZooKeeperAway, FaultKind.Pause, FaultKind.LostZooKeeperReply],
            },
            ZooKeeper = session => new BentZooKeeper(session)
            {
                OnVersion = (path, version) => IsState(path) ? ZnodeVersion.Any : version,
                OnMulti = operations =>
                    [.. operations.Select(op => op is SetDataOp set && IsState(set.Path) ? set with { Version = ZnodeVersion.Any } : op)],
            },
        },
        () => new()
        {
            Name = "ControllerEpochNotCounted",
            What = "A new controller takes over the epoch of the one before",
            Invariants = ["W8"],
            Adapt = scenario => scenario with { FaultKinds = [FaultKind.Kill, FaultKind.SessionExpiry, FaultKind.ControllerRemoved] },
            ZooKeeper = session => new BentZooKeeper(session) { OnMulti = operations => [.. operations.Select(Uncounted)] },
        },
        () => new()
        {
            Name = "ControllerNotEphemeral",
            What = "The znode of the controller outlives its session: no other is elected",
            Invariants = ["L1", "L2", "L3"],
            Adapt = scenario => scenario with { FaultKinds = [FaultKind.Kill] },
            ZooKeeper = session => new BentZooKeeper(session)
            {
                OnMulti = operations =>
                    [.. operations.Select(op => op is CreateOp { Path: "/controller" } create ? create with { Mode = CreateMode.Persistent } : op)],
            },
        },
        () => new()
        {
            Name = "BrokersNotEphemeral",
            What = "The registration of a broker outlives its session: it is never missed, and cannot come back",
            Invariants = ["L1", "L2", "L3"],
            Adapt = scenario => scenario with { FaultKinds = [FaultKind.Kill, FaultKind.SessionExpiry] },
            ZooKeeper = session => new BentZooKeeper(session)
            {
                OnMulti = operations => [.. operations.Select(op =>
                    op is CreateOp create && op.Path.StartsWith(Ids, StringComparison.Ordinal) ? create with { Mode = CreateMode.Persistent } : op)],
            },
        },
        () => new()
        {
            Name = "SessionExpiryDropsRegistration",
            What = "A broker whose session has expired does not register again",
            Invariants = ["L1", "L2", "L3"],
            Adapt = scenario => scenario with { FaultKinds = [FaultKind.SessionExpiry, FaultKind.ZooKeeperAway] },
            ZooKeeper = session =>
            {
                var first = session.SessionId;
                return new BentZooKeeper(session)
                {
                    OnMulti = operations => session.SessionId == first ? operations : [.. operations.Select(Elsewhere)],
                };
            },
        },
        () => new()
        {
            Name = "WatchOfBrokersLost",
            What = "A watch on the list of brokers is not set again after it was triggered",
            Invariants = ["L1", "L2", "L3"],
            Adapt = scenario => scenario with { FaultKinds = [FaultKind.Kill, FaultKind.Restart] },
            ZooKeeper = session =>
            {
                var told = 0;
                return new BentZooKeeper(session) { Tells = triggered => triggered.Path != Ids || ++told <= 3 };
            },
        },
        () => new()
        {
            Name = "WatchPayloadTrusted",
            What = "What a list held when its watch was triggered is taken for what it holds until the watch is triggered again (KAFKA-5502)",
            Invariants = ["W9", "L1", "L2", "L3"],
            Adapt = scenario => scenario.WithSessionsEnding(),
            ZooKeeper = session => RememberingPayloads((InMemoryZooKeeperSession)session),
        },
        () => new()
        {
            Name = "OrdersIgnoreLeaderEpoch",
            What = "The controller's orders carry an epoch of the leader that never changes: brokers take them for old ones",
            Invariants = ["L1", "L2", "L3", "W9"],
            Traffic = new FrameRewriting().Of<LeaderAndIsrRequest>(ApiKey.LeaderAndIsr, request =>
            {
                foreach (var state in request.TopicStates.SelectMany(topic => topic.PartitionStates).Concat(request.UngroupedPartitionStates))
                {
                    state.LeaderEpoch = 0;
                }
            }),
        },
        () => new()
        {
            Name = "StaleBrokerEpochInOrders",
            What = "The controller addresses an earlier life of a broker, which refuses",
            Invariants = ["L1", "L2", "L3", "W9"],
            Traffic = new FrameRewriting()
                .Of<LeaderAndIsrRequest>(ApiKey.LeaderAndIsr, request => request.BrokerEpoch = Math.Min(request.BrokerEpoch, 1)),
            Adapt = scenario => scenario with { InterBrokerProtocol = "3.9-IV0" },
        },
        () => new()
        {
            Name = "UncleanElection",
            What = "A replica that is not in the ISR is elected though the topic forbids it",
            Invariants = ["H1", "H2", "H6", "W3", "W6"],
            Adapt = scenario => scenario with { MinIsr = 1, FaultKinds = [FaultKind.Kill, FaultKind.Partition, FaultKind.Pause] },
            Properties = ["unclean.leader.election.enable=true"],
        },
        () => new()
        {
            Name = "IgnoreBrokerEpoch",
            What = "A broker that has come back obeys an order to its earlier life that arrives late: "
                + "replicas it has just been told to have are stopped (before KIP-380)",
            Invariants = ["W3", "W4", "L1", "L2", "L3"],
            Adapt = scenario => scenario with { InterBrokerProtocol = "2.2-IV1", FaultKinds = [FaultKind.Kill, FaultKind.Restart] },
            Traffic = WithOrdersToEarlierLife(),
        },
        () => new()
        {
            Name = "StopReplicaWithoutEpoch",
            What = "An order to stop a replica that comes late does not say of which epoch it is: the replica that follows again is stopped",
            Invariants = ["W5", "L1", "L2", "L3"],
            Adapt = WithLateStops,
            Traffic = WithLateStops(),
        },
        () => new()
        {
            Name = "EpochCachedBeforeTransition",
            What = "A broker that ceases to lead takes note of the new epoch and fails to follow in it: told again, it takes that for old news",
            Invariants = ["L2", "L3"],
            Adapt = scenario => scenario with { FaultKinds = [FaultKind.ElectPreferred, FaultKind.Kill, FaultKind.ZooKeeperAway, FaultKind.Pause] },
            Traffic = WithHalfTransitions(),
        },
        () => new()
        {
            Name = "ReassignNotResumable",
            What = "What a reassignment adds and removes is not kept in ZooKeeper: the next controller does not go on with it",
            Invariants = ["W5", "L2", "L6"],
            Adapt = scenario => scenario with
            {
                Brokers = 4,
                FaultKinds = [FaultKind.Reassign, FaultKind.Reassign, FaultKind.ControllerRemoved, FaultKind.Kill],
            },
            ZooKeeper = session => new BentZooKeeper(session) { OnMulti = operations => [.. operations.Select(WithoutPlan)] },
        },
    ];

    private static BentZooKeeper RememberingPayloads(InMemoryZooKeeperSession session)
    {
        var payloads = new Dictionary<(long SessionId, string Path), ZnodeChildren>();
        session.ChildrenTriggered = (path, children) => payloads[(session.SessionId, path)] = children;
        return new BentZooKeeper(session)
        {
            OnChildren = path => payloads.TryGetValue((session.SessionId, path), out var payload) ? payload : null,
        };
    }

    private static bool IsState(string path) => path.EndsWith("/state", StringComparison.Ordinal);

    private static ZooKeeperOp Elsewhere(ZooKeeperOp operation) =>
        operation.Path.StartsWith(Ids, StringComparison.Ordinal) ? operation with { Path = operation.Path.Replace("/ids/", "/lost-") } : operation;

    private static ZooKeeperOp Unbumped(ZooKeeperOp operation)
    {
        if (operation is not SetDataOp { Data: { } data } set || !IsState(set.Path))
        {
            return operation;
        }

        var text = Encoding.UTF8.GetString(data.Span);
        return set with { Data = Encoding.UTF8.GetBytes(LeaderEpoch().Replace(text, "\"leader_epoch\":0")) };
    }

    private static ZooKeeperOp Uncounted(ZooKeeperOp operation) =>
        operation is SetDataOp { Path: "/controller_epoch" } set ? set with { Data = Encoding.UTF8.GetBytes("1") } : operation;

    private static ZooKeeperOp WithoutPlan(ZooKeeperOp operation)
    {
        if (operation is not SetDataOp { Data: { } data } set || !operation.Path.StartsWith("/brokers/topics/", StringComparison.Ordinal))
        {
            return operation;
        }

        var text = Encoding.UTF8.GetString(data.Span);
        return set with { Data = Encoding.UTF8.GetBytes(Plan().Replace(text, "$1:{}")) };
    }

    /// <summary>
    /// The last order to stop replicas that an earlier life was given arrives once more behind the first of the new one, as when its sender tries
    /// it again; that it is meant for another life the broker does not see. The protocol is one in which orders to stop do not name a leader
    /// epoch, by which they would be known as old.
    /// </summary>
    private static FrameRewriting WithOrdersToEarlierLife()
    {
        var lives = new Dictionary<string, long>(StringComparer.Ordinal);
        var stops = new Dictionary<string, (StopReplicaRequest Request, short Version)>(StringComparer.Ordinal);
        var rewriting = new FrameRewriting();
        return rewriting
            .Of<StopReplicaRequest>(ApiKey.StopReplica, request => stops[rewriting.Broker] = (request, rewriting.Version))
            .Behind<LeaderAndIsrRequest>(ApiKey.LeaderAndIsr, request =>
            {
                var isFirst = lives.GetValueOrDefault(rewriting.Broker) < request.BrokerEpoch;
                lives[rewriting.Broker] = request.BrokerEpoch;
                if (!isFirst || !stops.TryGetValue(rewriting.Broker, out var stop) || stop.Request.BrokerEpoch >= request.BrokerEpoch)
                {
                    return null;
                }

                stop.Request.BrokerEpoch = request.BrokerEpoch;
                return new(stop.Request, stop.Version);
            });
    }

    private static Scenario WithLateStops(Scenario scenario) => scenario with
    {
        Brokers = 4,
        InterBrokerProtocol = "3.9-IV0",
        FaultKinds = [FaultKind.Reassign, FaultKind.Restart, FaultKind.ElectPreferred],
        Group = null,
        Compaction = null,
    };

    /// <summary>Each order to stop comes when the next one does.</summary>
    private static FrameRewriting WithLateStops()
    {
        const int NoEpoch = -1;
        var late = new Dictionary<string, StopReplicaRequest.StopReplicaTopicState[]>(StringComparer.Ordinal);
        var rewriting = new FrameRewriting();
        return rewriting.Of<StopReplicaRequest>(ApiKey.StopReplica, request =>
        {
            var states = request.TopicStates;
            request.TopicStates = late.GetValueOrDefault(rewriting.Broker, []);
            late[rewriting.Broker] = states;
            foreach (var state in request.TopicStates.SelectMany(topic => topic.PartitionStates))
            {
                state.LeaderEpoch = NoEpoch;
            }
        });
    }

    /// <summary>Who led by the last order, and does not by this one, is told that no broker does.</summary>
    private static FrameRewriting WithHalfTransitions()
    {
        const int NoBroker = -1;
        var leading = new HashSet<(string Broker, string Topic, int Partition)>();
        var rewriting = new FrameRewriting();
        return rewriting.Of<LeaderAndIsrRequest>(ApiKey.LeaderAndIsr, request =>
        {
            foreach (var (topic, state) in request.TopicStates
                .SelectMany(topic => topic.PartitionStates.Select(state => (topic.TopicName, state)))
                .Concat(request.UngroupedPartitionStates.Select(state => (state.TopicName, state))))
            {
                var key = (rewriting.Broker, topic, state.PartitionIndex);
                if (rewriting.Broker == $"broker-{state.Leader}")
                {
                    leading.Add(key);
                }
                else if (leading.Remove(key))
                {
                    state.Leader = NoBroker;
                }
            }
        });
    }

    [GeneratedRegex("(\"(?:adding|removing)_replicas\"):\\{[^}]*\\}")]
    private static partial Regex Plan();

    [GeneratedRegex("\"leader_epoch\":[0-9]+")]
    private static partial Regex LeaderEpoch();
}
