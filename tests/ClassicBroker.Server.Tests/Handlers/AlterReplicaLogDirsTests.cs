using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Server.Tests.InProcess;

namespace ClassicBroker.Server.Tests.Handlers;

/// <summary>A replica moves from one log directory to another and back, under a limit, through a restart, and is called off (KIP-113).</summary>
public sealed class AlterReplicaLogDirsTests
{
    private const string A = "/data/a", B = "/data/b";

    private static readonly TopicPartition Partition = new("t", 0);

    private readonly InProcessBroker _broker = new("log.dirs=/data/a,/data/b");
    private readonly BrokerClient _client;

    public AlterReplicaLogDirsTests()
    {
        _client = _broker.Connect();
        _client.CreateTopic("t");
    }

    private string Elsewhere => Directory == A ? B : A;

    private string Directory => _broker.Server.Replicas.Logs.Find(Partition)!.Directory.Path;

    [Fact]
    public void A_replica_moves_with_all_its_records_and_goes_on_there()
    {
        var (from, to) = (Directory, Elsewhere);
        Produce(5);

        Assert.Equal(ErrorCode.None, Move(to));
        _broker.Time.AdvanceMs(1_000);

        Assert.Equal(to, Directory);
        Assert.Equal([(to, false)], Described());
        Produce(1);
        Assert.Equal(6, _broker.Server.Replicas.Logs.Find(Partition)!.LogEndOffset);
        _broker.Time.AdvanceMs(60_000);
        Assert.DoesNotContain(_broker.Files.List(from), entry => entry.Name.StartsWith("t-0", StringComparison.Ordinal));
    }

    /// <summary>Records are deleted up to the middle of a batch, which the copy then begins with.</summary>
    [Fact]
    public void A_replica_whose_log_starts_within_a_batch_moves()
    {
        var to = Elsewhere;
        _client.Produce("t", 0, 1, "a", "b", "c");
        _client.Ask<DeleteRecordsRequest, DeleteRecordsResponse>(
            new() { TimeoutMs = 1_000, Topics = [new() { Name = "t", Partitions = [new() { PartitionIndex = 0, Offset = 2 }] }] }, 1);

        Assert.Equal(ErrorCode.None, Move(to));
        _broker.Time.AdvanceMs(1_000);

        Assert.Equal(to, Directory);
        var log = _broker.Server.Replicas.Logs.Find(Partition)!;
        Assert.Equal((2L, 3L), (log.LogStartOffset, log.LogEndOffset));
    }

    [Fact]
    public void A_move_keeps_to_its_limit_is_told_of_and_goes_on_after_a_restart()
    {
        var to = Elsewhere;
        Limit(bytesPerSecond: 1);
        Produce(3);
        Assert.Equal(ErrorCode.None, Move(to));
        _broker.Time.AdvanceMs(500);
        Produce(3);
        _broker.Time.AdvanceMs(500);

        Assert.NotEqual(to, Directory);
        Assert.Equal([(Directory, false), (to, true)], Described().OrderBy(entry => entry.IsFuture));
        _broker.Stop();
        _broker.Start();
        var client = _broker.Connect();
        Limit(bytesPerSecond: 1 << 30, client);
        _broker.Time.AdvanceMs(120_000);

        Assert.Equal(to, Directory);
        Assert.Equal(6, _broker.Server.Replicas.Logs.Find(Partition)!.LogEndOffset);
        Assert.Empty(_broker.Server.Replicas.Logs.FutureLogs);
    }

    [Fact]
    public void Asking_for_where_the_replica_lies_calls_a_move_off()
    {
        var from = Directory;
        Limit(bytesPerSecond: 1);
        Produce(3);
        Move(Elsewhere);
        _broker.Time.AdvanceMs(200);
        Produce(3);
        _broker.Time.AdvanceMs(200);
        Assert.Single(_broker.Server.Replicas.Logs.FutureLogs);

        Assert.Equal(ErrorCode.None, Move(from));
        Limit(bytesPerSecond: 1 << 30);
        _broker.Time.AdvanceMs(120_000);

        Assert.Equal(from, Directory);
        Assert.Equal([(from, false)], Described());
    }

    private void Produce(int count)
    {
        for (var i = 0; i < count; i++)
        {
            _client.Produce("t", 0, 1, $"value {i}");
        }
    }

    private void Limit(int bytesPerSecond, BrokerClient? client = null) =>
        (client ?? _client).Ask<IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse>(
            new()
            {
                Resources =
                [
                    new()
                    {
                        ResourceType = 4,
                        ResourceName = "0",
                        Configs = [new() { Name = "replica.alter.log.dirs.io.max.bytes.per.second", Value = $"{bytesPerSecond}" }],
                    },
                ],
            },
            1);

    private ErrorCode Move(string directory) =>
        _client.Ask<AlterReplicaLogDirsRequest, AlterReplicaLogDirsResponse>(
            new() { Dirs = [new() { Path = directory, Topics = [new() { Name = "t", Partitions = [0] }] }] }, 2).Results[0].Partitions[0].ErrorCode;

    private List<(string Path, bool IsFuture)> Described() =>
    [
        .. _client.Ask<DescribeLogDirsRequest, DescribeLogDirsResponse>(new() { Topics = null }, 4).Results.SelectMany(
            directory => directory.Topics.Where(topic => topic.Name == "t").SelectMany(
                topic => topic.Partitions.Select(partition => (directory.LogDir, partition.IsFutureKey)))),
    ];
}
