using ClassicBroker.Metadata.Admin;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Simulation.Clusters;

namespace ClassicBroker.Simulation.Tests;

/// <summary>
/// A group coordinator that another has replaced while a client still reaches it: it must not tell the offset before, from which a client
/// without KIP-447 would copy again what is copied.
/// </summary>
public sealed class StaleCoordinatorTests
{
    private const string Group = "copiers";
    private const int SessionTimeoutMs = 6000;

    private static readonly TopicPartition Offsets = new(TopicName.ConsumerOffsets, 0);

    public static TheoryData<ulong, bool, bool> Cases
    {
        get
        {
            var cases = new TheoryData<ulong, bool, bool>();
            for (var seed = 1UL; seed <= 3; seed++)
            {
                cases.Add(seed, false, false);
                cases.Add(seed, false, true);
                cases.Add(seed, true, false);
                cases.Add(seed, true, true);
            }

            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_coordinator_that_was_replaced_does_not_tell_the_offset_before(ulong seed, bool isPaused, bool requiresStable)
    {
        var cluster = new SimulatedCluster(
            seed,
            3,
            "offsets.topic.num.partitions=1",
            $"zookeeper.session.timeout.ms={SessionTimeoutMs}",
            "replica.fetch.wait.max.ms=200",
            "controller.socket.timeout.ms=3000");
        MakeTopics(cluster);
        var old = cluster.Broker(cluster.LeaderOf(Offsets));
        var client = cluster.Connect(old.Id);
        Assert.Equal(ErrorCode.None, Commit(client, 10));
        Assert.Equal((ErrorCode.None, 10), Fetch(cluster, client, requiresStable));

        CutOff(cluster, old, isPaused);
        cluster.Until(() => cluster.LeaderOf(Offsets) is >= 0 and var leader && leader != old.Id);
        var next = cluster.Connect(cluster.LeaderOf(Offsets));
        cluster.Until(() => Commit(next, 20) == ErrorCode.None);

        var asked = AskAsync(client, requiresStable);
        if (isPaused)
        {
            cluster.Pass(TimeSpan.FromMilliseconds(20));
            old.Pause(false);
        }

        Assert.Equal(ErrorCode.NotCoordinator, AnswerOf(cluster.Await(asked)).Error);
        Assert.Equal((ErrorCode.None, 20), Fetch(cluster, next, requiresStable));
    }

    private static void MakeTopics(SimulatedCluster cluster)
    {
        var client = cluster.Connect(cluster.Controller.Id);
        client.CreateTopic("in", 1, 3);
        client.Ask<FindCoordinatorRequest, FindCoordinatorResponse>(new() { Key = Group, KeyType = 0 }, maxVersion: 3);
        cluster.Until(() => cluster.LeaderOf(Offsets) >= 0 && cluster.State(Offsets).Isr.Count == 3);
        cluster.Pass(TimeSpan.FromSeconds(1));
    }

    /// <summary>The others do not hear of it for longer than its session, nor it of them.</summary>
    private static void CutOff(SimulatedCluster cluster, SimulatedBroker broker, bool isPaused)
    {
        var session = broker.Session!;
        if (isPaused)
        {
            broker.Pause(true);
        }
        else
        {
            foreach (var other in cluster.Brokers.Where(other => other != broker))
            {
                cluster.Network.Partition(broker.Host, other.Host);
            }

            session.Disconnect();
        }

        cluster.Pass(TimeSpan.FromMilliseconds(SessionTimeoutMs));
        session.Expire();
    }

    private static ErrorCode Commit(SimulatedClient client, long offset) =>
        client.Ask<OffsetCommitRequest, OffsetCommitResponse>(
            new()
            {
                GroupId = Group,
                GenerationIdOrMemberEpoch = -1,
                Topics = [new() { Name = "in", Partitions = [new() { PartitionIndex = 0, CommittedOffset = offset }] }],
            },
            maxVersion: 7).Topics[0].Partitions[0].ErrorCode;

    private static (ErrorCode Error, long Offset) Fetch(SimulatedCluster cluster, SimulatedClient client, bool requiresStable) =>
        AnswerOf(cluster.Await(AskAsync(client, requiresStable)));

    private static Task<OffsetFetchResponse> AskAsync(SimulatedClient client, bool requiresStable) =>
        client.AskAsync<OffsetFetchRequest, OffsetFetchResponse>(
            new()
            {
                GroupId = Group,
                Topics = [new() { Name = "in", PartitionIndexes = [0] }],
                RequireStable = requiresStable,
            },
            maxVersion: (short)(requiresStable ? 7 : 5));

    private static (ErrorCode Error, long Offset) AnswerOf(OffsetFetchResponse answer) =>
        answer.ErrorCode != ErrorCode.None
            ? (answer.ErrorCode, -1)
            : (answer.Topics[0].Partitions[0].ErrorCode, answer.Topics[0].Partitions[0].CommittedOffset);
}
