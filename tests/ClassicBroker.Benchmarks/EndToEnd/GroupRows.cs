using System.Diagnostics;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;

namespace ClassicBroker.Benchmarks.EndToEnd;

/// <summary>How long a group's rebalance takes by its size, and what its members' commits cost.</summary>
internal static class GroupRows
{
    private const short JoinVersion = 3;
    private const short SyncVersion = 2;
    private const short CommitVersion = 6;
    private const int TimeoutMs = 60_000;
    private const int CommitsPerConnection = 20_000;
    private const int CommitsOfMany = 100_000;

    /// <summary>From the leader's joining again to the last member's assignment.</summary>
    public static async Task<string[]> RebalanceAsync(BenchmarkCluster cluster, int size)
    {
        var group = $"rebalance-{size}";
        using var finder = await TypedConnection.OpenAsync(cluster.Broker.Port);
        await EnsureCoordinatorAsync(finder);
        var members = new List<Member>(size);
        List<double> milliseconds = [];
        var cpu = 0.0;
        try
        {
            for (var i = 0; i < size; i++)
            {
                members.Add(new(await TypedConnection.OpenAsync(cluster.Broker.Port), group));
            }

            await GatherAsync(members);
            for (var repeat = 0; repeat < BenchmarkTable.Repeats; repeat++)
            {
                var before = ProcessFigures.CpuSeconds(cluster.Broker.Process.Id);
                var clock = Stopwatch.StartNew();
                await RebalanceAsync(members);
                milliseconds.Add(clock.Elapsed.TotalMilliseconds);
                cpu += ProcessFigures.CpuSeconds(cluster.Broker.Process.Id) - before;
            }
        }
        finally
        {
            members.ForEach(member => member.Connection.Dispose());
        }

        var cost = cpu / BenchmarkTable.Repeats / size * 1e6;
        return [BenchmarkTable.Number(BenchmarkTable.Median(milliseconds), "ms"), "", "", $"{BenchmarkTable.Number(cost)} µs/member"];
    }

    /// <summary>Every connection commits one partition's offset, waits for the answer, and does it again.</summary>
    public static async Task<string[]> CommitAsync(BenchmarkCluster cluster, int connections)
    {
        var topic = await cluster.CreateTopicAsync();
        using (var finder = await TypedConnection.OpenAsync(cluster.Broker.Port))
        {
            await EnsureCoordinatorAsync(finder);
        }

        var figures = await ConnectionRows.TalkAsync(
            cluster,
            connections,
            Math.Max(CommitsPerConnection, connections > 1 ? CommitsOfMany : 0),
            connection => TypedConnection.Frame(Commit($"commits-{connection}", topic, [0]), CommitVersion));
        await cluster.DeleteTopicAsync(topic);
        return figures;
    }

    /// <summary>Ends when the topic of groups has its leaders.</summary>
    public static async Task EnsureCoordinatorAsync(TypedConnection connection)
    {
        while ((await connection.AskAsync<FindCoordinatorRequest, FindCoordinatorResponse>(new() { Key = "any" }, 3)).ErrorCode != ErrorCode.None)
        {
            await Task.Delay(100);
        }
    }

    public static OffsetCommitRequest Commit(string group, string topic, IEnumerable<int> partitions) =>
        new()
        {
            GroupId = group,
            Topics =
            [
                new()
                {
                    Name = topic,
                    Partitions =
                    [
                        .. partitions.Select(partition => new OffsetCommitRequest.OffsetCommitRequestPartition
                        {
                            PartitionIndex = partition,
                            CommittedOffset = 1_000_000 + partition,
                            CommittedMetadata = "",
                        }),
                    ],
                },
            ],
        };

    /// <summary>
    /// Members join as they come, and again as long as the coordinator tells them to, until all are in one generation and none is joining:
    /// what is measured must not begin within a rebalance.
    /// </summary>
    private static async Task GatherAsync(List<Member> members)
    {
        using var gathered = new CancellationTokenSource();
        await Task.WhenAll(members.Select(async member =>
        {
            while (!gathered.IsCancellationRequested)
            {
                member.IsAtRest = await member.IsStableAsync();
                if (!member.IsAtRest)
                {
                    await member.TryTakePartAsync();
                }
                else if (members.TrueForAll(other => other.IsAtRest && other.SyncedGeneration == member.SyncedGeneration))
                {
                    await gathered.CancelAsync();
                }
                else
                {
                    await Task.Delay(20);
                }
            }
        }));
    }

    private static async Task RebalanceAsync(List<Member> members)
    {
        // Only the leader's joining begins a rebalance where nothing has changed.
        var leader = members.Find(member => member.IsLeader)!;
        var first = leader.TryTakePartAsync();
        var others = members.Where(member => member != leader).ToList();
        while (others.Count > 0 && await others[0].IsStableAsync())
        {
        }

        var outcomes = await Task.WhenAll([first, .. others.Select(member => member.TryTakePartAsync())]);
        if (outcomes.Contains(false) || members.Select(member => member.SyncedGeneration).Distinct().Count() != 1)
        {
            throw new InvalidOperationException("A rebalance left members behind.");
        }
    }

    /// <summary>A member and its connection.</summary>
    private sealed class Member(TypedConnection connection, string group)
    {
        private string _id = "";
        private volatile bool _isAtRest;

        public TypedConnection Connection => connection;

        public bool IsLeader { get; private set; }

        public int SyncedGeneration { get; private set; } = -1;

        /// <summary>Has its assignment and is not joining.</summary>
        public bool IsAtRest
        {
            get => _isAtRest;
            set => _isAtRest = value;
        }

        /// <summary>Joins and has its assignment; false where another rebalance came between.</summary>
        public async Task<bool> TryTakePartAsync()
        {
            var joined = await connection.AskAsync<JoinGroupRequest, JoinGroupResponse>(
                new()
                {
                    GroupId = group,
                    MemberId = _id,
                    SessionTimeoutMs = TimeoutMs,
                    RebalanceTimeoutMs = TimeoutMs,
                    ProtocolType = "consumer",
                    Protocols = [new() { Name = "range", Metadata = new byte[20] }],
                },
                JoinVersion);
            if (joined.ErrorCode != ErrorCode.None)
            {
                throw new InvalidOperationException($"JoinGroup: {joined.ErrorCode}");
            }

            _id = joined.MemberId;
            IsLeader = joined.Leader == _id;
            var synced = await connection.AskAsync<SyncGroupRequest, SyncGroupResponse>(
                new()
                {
                    GroupId = group,
                    GenerationId = joined.GenerationId,
                    MemberId = _id,
                    Assignments = IsLeader
                        ? [.. joined.Members.Select(member => new SyncGroupRequest.SyncGroupRequestAssignment { MemberId = member.MemberId, Assignment = new byte[40] })]
                        : [],
                },
                SyncVersion);
            SyncedGeneration = synced.ErrorCode == ErrorCode.None ? joined.GenerationId : -1;
            return synced.ErrorCode == ErrorCode.None;
        }

        public async Task<bool> IsStableAsync()
        {
            if (SyncedGeneration < 0)
            {
                return false;
            }

            var beat = await connection.AskAsync<HeartbeatRequest, HeartbeatResponse>(
                new() { GroupId = group, GenerationId = SyncedGeneration, MemberId = _id }, 2);
            return beat.ErrorCode == ErrorCode.None;
        }
    }
}
