using ClassicBroker.Coordinator.Groups;
using ClassicBroker.Coordinator.Offsets;
using ClassicBroker.Metadata.Admin;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Records;
using ClassicBroker.Replication.Partitions;
using ClassicBroker.Storage;
using ClassicBroker.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace ClassicBroker.Coordinator.Tests;

/// <summary>
/// Broker 0 with its group coordinator, over real logs on a simulated disk and a clock that stands still, and what a controller and clients
/// ask of it. Threading: the test's thread.
/// </summary>
internal sealed class CoordinatorHarness : CoordinatingBroker
{
    public const string GroupId = "g";

    public CoordinatorHarness(Func<GroupCoordinatorSettings, GroupCoordinatorSettings>? adjust = null)
        : base(OffsetsPartition)
    {
        var settings = new GroupCoordinatorSettings { PartitionCount = 1, InitialRebalanceDelayMs = 0, SessionTimeoutMinMs = 100 };
        Coordinator = new GroupCoordinator(
            adjust?.Invoke(settings) ?? settings,
            Replicas,
            Appends,
            _ => IsAppointed,
            Time.CreateLoop("groups"),
            new SeededRandomSource(3),
            NullLogger<GroupCoordinator>.Instance);
        Coordinator.Start();
    }

    public GroupCoordinator Coordinator { get; }

    /// <summary>Does what the controller decided stand, as far as ZooKeeper lets know?</summary>
    public bool IsAppointed { get; set; } = true;

    public static TopicPartition OffsetsPartition { get; } = new(TopicName.ConsumerOffsets, 0);

    /// <summary>A harness whose broker leads the one partition and has loaded it.</summary>
    public static CoordinatorHarness Leading(Func<GroupCoordinatorSettings, GroupCoordinatorSettings>? adjust = null)
    {
        var harness = new CoordinatorHarness(adjust);
        harness.Lead(0);
        harness.Time.RunUntilIdle();
        return harness;
    }

    public override void OnElected(TopicPartition partition, int leaderEpoch) => Coordinator.OnElected(partition.Partition, leaderEpoch);

    public override void OnResigned(TopicPartition partition, int? leaderEpoch) => Coordinator.OnResigned(partition.Partition, leaderEpoch);

    // ----------------------------------------------------------------------------------------------------------- members

    public static JoinGroupRequest JoinRequest(string memberId = "", string? instanceId = null, params string[] protocols) =>
        new()
        {
            GroupId = GroupId,
            MemberId = memberId,
            GroupInstanceId = instanceId,
            SessionTimeoutMs = 10_000,
            RebalanceTimeoutMs = 60_000,
            ProtocolType = "consumer",
            Protocols =
            [
                .. (protocols.Length == 0 ? ["range"] : protocols).Select(name => new JoinGroupRequest.JoinGroupRequestProtocol
                {
                    Name = name,
                    Metadata = Convert.FromHexString("00000000000100" + "0174" + "ffffffff"),
                }),
            ],
        };

    /// <summary>Starts a JoinGroup; its task ends when it is answered.</summary>
    public Task<JoinResult> Join(JoinGroupRequest request, bool requiresKnownMemberId = false, bool canSkip = true) =>
        Start(() => Coordinator.Membership.JoinAsync(new JoinRequest
        {
            Message = request,
            ClientId = "client",
            ClientHost = "/127.0.0.1",
            RequiresKnownMemberId = requiresKnownMemberId,
            SupportsSkippingAssignment = canSkip,
        }));

    public Task<SyncResult> Sync(string memberId, int generation, params string[] assigned) =>
        Start(() => Coordinator.Membership.SyncAsync(new SyncGroupRequest
        {
            GroupId = GroupId,
            MemberId = memberId,
            GenerationId = generation,
            Assignments =
            [
                .. assigned.Select((id, index) => new SyncGroupRequest.SyncGroupRequestAssignment
                {
                    MemberId = id,
                    Assignment = [(byte)(index + 1)],
                }),
            ],
        }));

    public ErrorCode Heartbeat(string memberId, int generation) =>
        Coordinator.Membership.Heartbeat(new() { GroupId = GroupId, MemberId = memberId, GenerationId = generation });

    public ErrorCode Leave(string memberId)
    {
        var left = Coordinator.Membership.Leave(GroupId, [new() { MemberId = memberId }]);
        Time.RunUntilIdle();
        return left.Error == ErrorCode.None ? left.Members[0].ErrorCode : left.Error;
    }

    /// <summary>A group of one, with its assignment; the member's id.</summary>
    public string Stable(string? instanceId = null, params string[] protocols)
    {
        var join = Join(JoinRequest("", instanceId, protocols));
        Time.AdvanceMs(1);
        var joined = Time.Await(join);
        Assert.Equal(ErrorCode.None, Time.Await(Sync(joined.MemberId, joined.Generation, joined.MemberId)).Error);
        return joined.MemberId;
    }

    public string StateOf(string groupId = GroupId) => Coordinator.Administration.Describe(groupId).GroupState;

    // ------------------------------------------------------------------------------------------------------------ offsets

    public Task<PartitionCommit> Commit(
        long offset, string memberId = "", int generation = -1, string group = GroupId, string metadata = "", string topic = "t")
    {
        var commit = new PartitionCommit(
            new(topic, 0), new(offset, 5, metadata, Time.UnixMs(), CommittedOffset.NoExpiration));
        return Start(async () =>
        {
            await Coordinator.Offsets.CommitAsync(new(group, generation, memberId, null), [commit]);
            return commit;
        });
    }

    /// <summary>Asks whether the broker coordinates the group for certain; the task ends when it knows.</summary>
    public Task<ErrorCode> Confirm() => Start(() => Coordinator.Offsets.ConfirmAsync(GroupId));

    public FetchedOffset Fetch(string group = GroupId, string topic = "t", bool requireStable = false)
    {
        Assert.Equal(ErrorCode.None, Coordinator.Offsets.Fetch(group, [new(topic, 0)], requireStable, out var offsets));
        return Assert.Single(offsets);
    }

    public Task<T> Start<T>(Func<ValueTask<T>> work)
    {
        var task = Network.InvokeAsync(() => work().AsTask());
        Time.RunUntilIdle();
        return task;
    }

    /// <summary>The records in the log, with the sequence their batch begins with.</summary>
    public List<(int BaseSequence, byte[] Key, byte[]? Value)> Records()
    {
        Assert.True(Replicas.TryGetOnline(OffsetsPartition, out var partition));
        var read = partition.Log!.Read(0, int.MaxValue, FetchIsolation.LogEnd, minOneMessage: true);
        return read.Records is null ? [] : RecordsOf(Bytes(read.Records));
    }

    public static List<(int BaseSequence, byte[] Key, byte[]? Value)> RecordsOf(byte[] log)
    {
        var records = new List<(int, byte[], byte[]?)>();
        var batches = new BatchIterator(log);
        while (batches.MoveNext())
        {
            using var reader = RecordReader.Open(batches.CurrentBytes);
            while (reader.MoveNext())
            {
                records.Add((batches.Current.BaseSequence, reader.Current.Key.ToArray()!, reader.Current.Value.ToArray()));
            }
        }

        return records;
    }

    private static byte[] Bytes(FileRegion region)
    {
        var bytes = new byte[region.Length];
        region.File.Read(bytes, region.Position);
        region.File.Release();
        return bytes;
    }
}
