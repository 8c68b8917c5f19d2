using ClassicBroker.Conformance.Tests.Differences;
using ClassicBroker.Conformance.Tests.Recordings;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Server.Tests.InProcess;

namespace ClassicBroker.Conformance.Tests.Groups;

/// <summary>
/// Every state and every error of groups as Kafka 3.9.2 answered them, request by request at the recorded times: JoinGroup of each version
/// with the other APIs of its time, static members, timers, limits.
/// </summary>
public sealed class GroupReplayTests(ITestOutputHelper output)
{
    private readonly ConformanceReport _report = new("groups");

    [Fact]
    public void Answers_are_those_of_kafka()
    {
        PlayWhole();
        PlayFetches();
        PlayRejoins();
        PlayTimers();
        _report.Verify(output);
    }

    /// <summary>Before there are groups, each version, each state, each error, in one broker.</summary>
    private void PlayWhole() =>
        new GroupReplay(NewBroker(), _report).Play(TimedRecording.Phases(TimedRecording.Groups, 1, 2, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20));

    private void PlayFetches()
    {
        var broker = NewBroker();
        var client = WithCoordinator(broker);
        Commit(client, (0, 3), (1, 2), (2, 2));
        new GroupReplay(broker, _report).Play(TimedRecording.Phases(TimedRecording.Groups, 21));
    }

    /// <summary>Two members that joined before the recording began.</summary>
    private void PlayRejoins()
    {
        var broker = NewBroker();
        WithCoordinator(broker);
        var (first, second) = (broker.Connect("m-a"), broker.Connect("m-b"));
        var firstId = Join(first, "", 600_000).MemberId;
        first.Send(JoinRequest(firstId, 600_000), 9);
        broker.Time.AdvanceMs(1);
        Assert.Equal(1, first.Answer<JoinGroupResponse>(9)!.GenerationId);
        Sync(first, firstId, 1, (firstId, "00"));
        var secondId = Join(second, "", 600_000).MemberId;
        second.Send(JoinRequest(secondId, 600_000), 9);
        first.Send(JoinRequest(firstId, 600_000), 9);
        broker.Time.AdvanceMs(1);
        Assert.Equal(2, first.Answer<JoinGroupResponse>(9)!.GenerationId);
        Assert.Equal(2, second.Answer<JoinGroupResponse>(9)!.GenerationId);
        const string half = "000000000001000167000000020000000200000003ffffffff";
        Sync(first, firstId, 2, (firstId, "000000000001000167000000020000000000000001ffffffff"), (secondId, half));
        Sync(second, secondId, 2);

        var replay = new GroupReplay(broker, _report);
        replay.Bind("m-a-61601f6f-8cf6-4cb2-9634-420439672419", firstId);
        replay.Bind("m-b-5a7a56ce-1693-46bc-b0b3-8e4e888517e6", secondId);
        replay.Play(TimedRecording.Phases(TimedRecording.Groups, 24, 25, 26));
    }

    /// <summary>
    /// All but static members at version 8: what was recorded of that phase lacks the answers of clients that gave up.
    /// </summary>
    private void PlayTimers()
    {
        foreach (int[] phases in new int[][] { [27, 28, 29, 30], [31], [32, 33, 34, 35, 36], [37, 38, 39, 41, 42] })
        {
            var broker = NewBroker();
            WithCoordinator(broker);
            new GroupReplay(broker, _report).Play(TimedRecording.Phases(TimedRecording.Groups, phases));
        }
    }

    private static InProcessBroker NewBroker()
    {
        var broker = new InProcessBroker(
            "group.max.size=5",
            "group.min.session.timeout.ms=500",
            "group.initial.rebalance.delay.ms=0",
            "offset.metadata.max.bytes=100");
        var client = broker.Connect();
        client.CreateTopic("g", 4);
        client.CreateTopic("h", 2);
        return broker;
    }

    private static BrokerClient WithCoordinator(InProcessBroker broker)
    {
        var client = broker.Connect("raw");
        client.Ask<FindCoordinatorRequest, FindCoordinatorResponse>(new() { Key = "states" }, 3);
        var found = client.Ask<FindCoordinatorRequest, FindCoordinatorResponse>(new() { Key = "states" }, 3);
        Assert.Equal(ErrorCode.None, found.ErrorCode);
        return client;
    }

    private static void Commit(BrokerClient client, params (int Partition, long Offset)[] offsets)
    {
        var response = client.Ask<OffsetCommitRequest, OffsetCommitResponse>(
            new()
            {
                GroupId = "states",
                Topics =
                [
                    new()
                    {
                        Name = "g",
                        Partitions =
                        [
                            .. offsets.Select(offset => new OffsetCommitRequest.OffsetCommitRequestPartition
                            {
                                PartitionIndex = offset.Partition,
                                CommittedOffset = offset.Offset,
                                CommittedLeaderEpoch = 0,
                                CommittedMetadata = "meta",
                            }),
                        ],
                    },
                ],
            },
            9);
        Assert.All(response.Topics[0].Partitions, partition => Assert.Equal(ErrorCode.None, partition.ErrorCode));
    }

    private static JoinGroupRequest JoinRequest(string memberId, int sessionTimeoutMs) =>
        new()
        {
            GroupId = "states",
            MemberId = memberId,
            SessionTimeoutMs = sessionTimeoutMs,
            RebalanceTimeoutMs = 60_000,
            ProtocolType = "consumer",
            Protocols = [new() { Name = "range", Metadata = Convert.FromHexString("000000000001000167ffffffff") }],
        };

    private static JoinGroupResponse Join(BrokerClient client, string memberId, int sessionTimeoutMs) =>
        client.Ask<JoinGroupRequest, JoinGroupResponse>(JoinRequest(memberId, sessionTimeoutMs), 9);

    private static void Sync(BrokerClient client, string memberId, int generation, params (string MemberId, string Hex)[] assignments)
    {
        var response = client.Ask<SyncGroupRequest, SyncGroupResponse>(
            new()
            {
                GroupId = "states",
                MemberId = memberId,
                GenerationId = generation,
                ProtocolType = "consumer",
                ProtocolName = "range",
                Assignments =
                [
                    .. assignments.Select(given => new SyncGroupRequest.SyncGroupRequestAssignment
                    {
                        MemberId = given.MemberId,
                        Assignment = Convert.FromHexString(given.Hex),
                    }),
                ],
            },
            5);
        Assert.Equal(ErrorCode.None, response.ErrorCode);
    }
}
