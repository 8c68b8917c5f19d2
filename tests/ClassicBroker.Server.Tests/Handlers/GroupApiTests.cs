using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Server.Tests.InProcess;
using ClassicBroker.Testing.Files;

namespace ClassicBroker.Server.Tests.Handlers;

/// <summary>Groups over the wire: finding the coordinator, and what survives a restart. Every answer is in the Conformance suite.</summary>
public sealed class GroupApiTests
{
    private readonly InProcessBroker _broker = new(
        "group.initial.rebalance.delay.ms=0", "transaction.state.log.replication.factor=1", "transaction.state.log.min.isr=1");

    private FindCoordinatorResponse.Coordinator[] Find(sbyte type, params string[] keys) =>
        _broker.Connect().Ask<FindCoordinatorRequest, FindCoordinatorResponse>(new() { KeyType = type, CoordinatorKeys = keys }, 4).Coordinators;

    private static ErrorCode Commit(BrokerClient client, long offset) =>
        client.Ask<OffsetCommitRequest, OffsetCommitResponse>(
            new()
            {
                GroupId = "g",
                Topics =
                [
                    new()
                    {
                        Name = "t",
                        Partitions =
                        [
                            new() { PartitionIndex = 0, CommittedOffset = offset - 1 },
                            new() { PartitionIndex = 0, CommittedOffset = offset },
                        ],
                    },
                ],
            },
            8).Topics[0].Partitions.Single().ErrorCode;

    private static long Fetch(BrokerClient client) =>
        client.Ask<OffsetFetchRequest, OffsetFetchResponse>(
            new() { Groups = [new() { GroupId = "g", Topics = [new() { Name = "t", PartitionIndexes = [0, 0] }] }] },
            8).Groups[0].Topics[0].Partitions.Single().CommittedOffset;

    private static JoinGroupRequest Join(string memberId = "") =>
        new()
        {
            GroupId = "g",
            MemberId = memberId,
            SessionTimeoutMs = 10_000,
            RebalanceTimeoutMs = 10_000,
            ProtocolType = "consumer",
            Protocols = [new() { Name = "range", Metadata = [0, 0] }],
        };

    [Fact]
    public void Finding_a_coordinator_makes_the_topic_with_its_configs_and_names_this_broker()
    {
        Assert.All(Find(0, "a", "b"), found => Assert.Equal((ErrorCode.None, 0, "127.0.0.1", 9092), (found.ErrorCode, found.NodeId, found.Host, found.Port)));
        Assert.Contains("\"cleanup.policy\":\"compact\"", _broker.ZooKeeper.Text("/config/topics/__consumer_offsets"), StringComparison.Ordinal);
        Assert.Equal((ErrorCode.None, 0), (Find(1, "tx").Single().ErrorCode, Find(1, "tx").Single().NodeId));
    }

    [Theory]
    [InlineData(900, ErrorCode.None)]
    [InlineData(1_001, ErrorCode.CoordinatorNotAvailable)]
    public void Who_asks_while_the_topic_is_being_made_waits_for_it_a_moment(int madeAfterMs, ErrorCode answer)
    {
        _broker.ReplicaStateLoop.IsStalled = true;
        BrokerClient[] clients = [_broker.Connect("first"), _broker.Connect("second")];
        foreach (var client in clients)
        {
            client.Send(new FindCoordinatorRequest { CoordinatorKeys = ["g"] }, 4);
            Assert.Null(client.TakeFrame());
        }

        _broker.Time.AdvanceMs(madeAfterMs);
        _broker.ReplicaStateLoop.IsStalled = false;
        _broker.Time.RunUntilIdle();
        Assert.All(clients, client => Assert.Equal(answer, client.Answer<FindCoordinatorResponse>(4)!.Coordinators[0].ErrorCode));
        Assert.Equal(ErrorCode.None, Find(0, "g").Single().ErrorCode);
    }

    [Fact]
    public void Coordinators_of_other_kinds_are_refused_and_make_no_topic()
    {
        Assert.Equal((ErrorCode.InvalidRequest, ""), (Find(2, "share").Single().ErrorCode, Find(2, "share").Single().ErrorMessage));
        Assert.StartsWith("This most likely occurs because of a request being malformed", Find(77, "x").Single().ErrorMessage);
        Assert.Empty(Find(0));
        Assert.Empty(_broker.Connect().Ask<MetadataRequest, MetadataResponse>(new() { Topics = null }, 5).Topics);
    }

    [Fact]
    public void A_cluster_too_small_for_the_offsets_topic_tells_clients_to_ask_again()
    {
        var broker = new InProcessBroker("offsets.topic.replication.factor=3");
        var client = broker.Connect();
        for (var i = 0; i < 2; i++)
        {
            var found = client.Ask<FindCoordinatorRequest, FindCoordinatorResponse>(new() { Key = "g" }, 3);
            Assert.Equal((ErrorCode.CoordinatorNotAvailable, "The coordinator is not available."), (found.ErrorCode, found.ErrorMessage));
        }
    }

    [Fact]
    public void Offsets_and_members_outlive_the_broker()
    {
        var client = _broker.Connect();
        client.CreateTopic("t");
        Find(0, "g");
        Assert.Equal(ErrorCode.None, Commit(client, 42));
        Assert.Equal(42, Fetch(client));
        client.Send(Join(), 3);
        _broker.Time.AdvanceMs(1);
        var joined = client.Answer<JoinGroupResponse>(3)!;
        Assert.Equal(ErrorCode.None, joined.ErrorCode);
        var assigned = client.Ask<SyncGroupRequest, SyncGroupResponse>(
            new()
            {
                GroupId = "g",
                MemberId = joined.MemberId,
                GenerationId = 1,
                Assignments = [new() { MemberId = joined.MemberId, Assignment = [7] }],
            },
            3);
        Assert.Equal([7], assigned.Assignment);

        _broker.Stop();
        _broker.Start();
        client = _broker.Connect();
        Assert.Equal(42, Fetch(client));
        var heartbeat = new HeartbeatRequest { GroupId = "g", MemberId = joined.MemberId, GenerationId = 1 };
        Assert.Equal(ErrorCode.None, client.Ask<HeartbeatRequest, HeartbeatResponse>(heartbeat, 3).ErrorCode);
        var described = client.Ask<DescribeGroupsRequest, DescribeGroupsResponse>(
            new() { Groups = ["g"], IncludeAuthorizedOperations = true }, 5).Groups[0];
        Assert.Equal(("Stable", "range", 328), (described.GroupState, described.ProtocolData, described.AuthorizedOperations));
        Assert.Equal("/127.0.0.1", described.Members.Single().ClientHost);
    }

    [Fact]
    public void A_coordinator_whose_log_directory_fails_resigns()
    {
        var (broker, client) = WithOffsetsOnADiskOfTheirOwn();
        broker.Files.Fail(FileOperation.Write, Errno.Io, pathContains: OffsetsLog, lasting: true);
        Assert.NotEqual(ErrorCode.None, Commit(client, 43));
        broker.Time.RunUntilIdle();
        Assert.Equal(ErrorCode.NotCoordinator, FetchError(client));
        Assert.Null(broker.Halted);
    }

    [Fact]
    public void A_load_that_fails_on_the_disk_leaves_no_coordinator()
    {
        var (broker, _) = WithOffsetsOnADiskOfTheirOwn();
        broker.Stop();
        broker.Files.Fail(FileOperation.Read, Errno.Io, pathContains: OffsetsLog, lasting: true);
        broker.Start();
        broker.Time.RunUntilIdle();
        Assert.Equal(ErrorCode.NotCoordinator, FetchError(broker.Connect()));
        Assert.Null(broker.Halted);
    }

    private const string OffsetsLog = "__consumer_offsets-0/00000000000000000000.log";

    /// <summary>A broker of two log directories with a committed offset, and another partition in the other directory.</summary>
    private static (InProcessBroker Broker, BrokerClient Client) WithOffsetsOnADiskOfTheirOwn()
    {
        var broker = new InProcessBroker("log.dirs=/data/a,/data/b", "offsets.topic.num.partitions=1");
        var client = broker.Connect();
        client.Ask<FindCoordinatorRequest, FindCoordinatorResponse>(new() { KeyType = 0, CoordinatorKeys = ["g"] }, 4);
        client.CreateTopic("t");
        Assert.Equal(ErrorCode.None, Commit(client, 42));
        Assert.Equal(42, Fetch(client));
        return (broker, client);
    }

    private static ErrorCode FetchError(BrokerClient client) =>
        client.Ask<OffsetFetchRequest, OffsetFetchResponse>(
            new() { Groups = [new() { GroupId = "g", Topics = [new() { Name = "t", PartitionIndexes = [0] }] }] },
            8).Groups[0].ErrorCode;

    [Fact]
    public void A_deleted_topic_takes_its_committed_offsets_along()
    {
        var client = _broker.Connect();
        client.CreateTopic("t");
        Find(0, "g");
        Commit(client, 42);
        client.Ask<DeleteTopicsRequest, DeleteTopicsResponse>(new() { TopicNames = ["t"], TimeoutMs = 1000 }, 3);
        _broker.Time.AdvanceMs(1_000);
        Assert.Equal(-1, Fetch(client));
    }

    [Fact]
    public void A_parked_join_does_not_keep_the_broker_from_stopping()
    {
        var client = _broker.Connect();
        Find(0, "g");
        client.Send(Join(), 3);
        _broker.Stop();
        _broker.Start();
        Assert.Equal(ErrorCode.None, Find(0, "g").Single().ErrorCode);
    }
}
