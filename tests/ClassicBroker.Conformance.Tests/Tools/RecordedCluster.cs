using System.IO.Compression;
using System.Reflection;
using ClassicBroker.Client;
using ClassicBroker.Primitives;
using ClassicBroker.Testing.Processes;

namespace ClassicBroker.Conformance.Tests.Tools;

/// <summary>
/// Three brokers and their ZooKeeper of the shape the transcripts were recorded on: chroot <c>/k</c>, a second log directory on broker 2,
/// the same settings. What stands between the recorded commands is brought about from what the recordings show. Threading: one test.
/// </summary>
internal sealed class RecordedCluster : IAsyncDisposable
{
    private const int Brokers = 3;
    private const string MaxBytesKey = "message.max.bytes";
    private const string TransactionalGroup = "of-transactions";
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(50);
    private static readonly string[] InheritedConfigs = ["max.message.bytes", "segment.index.bytes"];

    private readonly ScratchDirectory _directory = new();
    private readonly ChildProcess?[] _brokers = new ChildProcess?[Brokers];
    private readonly CancellationTokenSource _leaving = new();
    private readonly List<KafkaProducer<byte[]?, byte[]?>> _openTransactions = [];
    private Task _member = Task.CompletedTask;
    private ChildProcess? _ensemble;
    private readonly int[] _ports = Enumerable.Range(0, Brokers).Select(_ => LoopbackPorts.Next()).ToArray();
    private readonly int _zooKeeperPort = LoopbackPorts.Next();

    /// <summary>An hour ago: neither new to <c>--by-duration</c> nor old enough for retention.</summary>
    private readonly long _recordTimeMs = TimeProvider.System.GetUtcNow().AddHours(-1).ToUnixTimeMilliseconds();
    private AdminClient? _admin;

    public string Directory => _directory.Path;

    /// <summary>Stands in dumps for the data directory of the recorded broker 0.</summary>
    public string DumpedLogs => _directory.File("dumped");

    public string ZooKeeper => $"127.0.0.1:{_zooKeeperPort}";

    public string BootstrapServers => string.Join(',', _ports.Select(port => $"127.0.0.1:{port}"));

    /// <summary>What the placeholders of the recordings stand for here, longest first.</summary>
    public IEnumerable<(string Placeholder, string Text)> Places =>
    [
        ("BROKERS", BootstrapServers),
        .. _ports.Select((port, id) => ($"BROKER{id}", $"127.0.0.1:{port}")),
        ("ZOOKEEPER", ZooKeeper),
        ("DIR", Directory),
    ];

    private AdminClient Admin => _admin ??= new AdminClient(new AdminConfig { BootstrapServers = BootstrapServers });

    public async Task StartAsync()
    {
        _ensemble = Launch(
            "zookeeper-server",
            _directory.File("zookeeper.properties"),
            $"dataDir={_directory.File("zookeeper")}",
            $"clientPort={_zooKeeperPort}",
            "clientPortAddress=127.0.0.1",
            "maxClientCnxns=0");
        await _ensemble.WaitForAsync("binding to port", StartLimit);
        // The first is the controller, also while another one is stopped.
        Launch(0);
        await AwaitStartAsync(0);
        for (var id = 1; id < Brokers; id++)
        {
            Launch(id);
        }

        for (var id = 1; id < Brokers; id++)
        {
            await AwaitStartAsync(id);
        }

        // The controller tells brokers of each other a moment after they have started.
        foreach (var port in _ports)
        {
            await AwaitNodesAsync($"127.0.0.1:{port}");
        }

        await Admin.IncrementalAlterConfigsAsync(ConfigResource.Broker(null), [ConfigChange.Set(MaxBytesKey, "2000000")]);
    }

    /// <summary>Takes back the cluster-wide config that the later commands of the recording did not find.</summary>
    public Task RemoveClusterConfigAsync() =>
        Admin.IncrementalAlterConfigsAsync(ConfigResource.Broker(null), [ConfigChange.Delete(MaxBytesKey)]);

    /// <summary>Waits until a broker has taken over keys that were set: it is notified, some milliseconds after they were stored.</summary>
    public async Task AwaitConfigsAsync(int broker, params string[] keys)
    {
        using var limit = new CancellationTokenSource(StartLimit);
        while (!(await DynamicKeysAsync()).IsSupersetOf(keys))
        {
            await Task.Delay(PollInterval, limit.Token);
        }

        async Task<HashSet<string>> DynamicKeysAsync() =>
        [
            .. (await Admin.DescribeConfigsAsync([ConfigResource.Broker(broker)]))[0].Entries
                .Where(entry => entry.Source is ConfigSource.DynamicBroker or ConfigSource.DynamicDefaultBroker)
                .Select(entry => entry.Name),
        ];
    }

    /// <summary>Has a broker shut down in order.</summary>
    public async Task StopBrokerAsync(int id)
    {
        _brokers[id]!.Signal(ChildProcess.Sigterm);
        await _brokers[id]!.WaitForExitAsync(StartLimit);
    }

    public async Task StartBrokerAsync(int id)
    {
        await _brokers[id]!.DisposeAsync();
        Launch(id);
        await AwaitStartAsync(id);
    }

    public async Task DeleteGroupsAsync(Func<string, bool> isDeleted)
    {
        foreach (var group in (await Admin.ListGroupsAsync([], [])).ThrowIfFailed().Where(group => isDeleted(group.GroupId)))
        {
            await DeleteGroupAsync(group.GroupId);
        }
    }

    public async Task DeleteGroupAsync(string group) => (await Admin.DeleteGroupAsync(group)).ThrowIfFailed();

    public async Task<string> TopicIdAsync(string topic) => (await Admin.DescribeTopicsAsync([topic]))[0].Id.ToString();

    /// <summary>Puts the leader behind the other replicas, so that a partition is not led by the preferred one.</summary>
    public async Task RotateReplicasAsync(TopicPartition partition)
    {
        var described = (await Admin.DescribeTopicsAsync([partition.Topic]))[0].Partitions[partition.Partition];
        await Admin.AlterReassignmentsAsync(new Dictionary<TopicPartition, IReadOnlyList<int>?>
        {
            [partition] = [.. described.Replicas.Where(replica => replica != described.Leader), described.Leader],
        });
        await AwaitReassignmentsAsync();
    }

    /// <summary>Puts the first partitions of a topic on the brokers given, the first of which leads.</summary>
    public async Task PlaceAsync(string topic, IReadOnlyList<int[]> replicas)
    {
        var targets = replicas.Index().ToDictionary(
            each => new TopicPartition(topic, each.Index), IReadOnlyList<int>? (each) => each.Item);
        Assert.All(await Admin.AlterReassignmentsAsync(targets), result => Assert.Null(result.Failure));
        await AwaitReassignmentsAsync();
        await Admin.ElectLeadersAsync(ElectionType.Preferred, targets.Keys);
    }

    /// <summary>Appends records of a megabyte, less what a batch adds.</summary>
    public async Task AppendMegabytesAsync(TopicPartition partition, int count)
    {
        await using var producer = new KafkaProducer<byte[]?, byte[]?>(
            new ProducerConfig { BootstrapServers = BootstrapServers }, Serdes.ByteArray, Serdes.ByteArray);
        for (var i = 0; i < count; i++)
        {
            await producer.SendAsync(new ProducerRecord<byte[]?, byte[]?>(partition.Topic, null, new byte[1_000_000])
            {
                Partition = partition.Partition,
                TimestampMs = _recordTimeMs,
            });
        }

        await producer.FlushAsync();
    }

    /// <summary>Waits until a log directory of a broker holds as many partitions of a topic, none of which is on its way there.</summary>
    public async Task AwaitReplicasAsync(int broker, string directory, string topic, int count)
    {
        using var limit = new CancellationTokenSource(StartLimit);
        while (await CountAsync() < count)
        {
            await Task.Delay(PollInterval, limit.Token);
        }

        async Task<int> CountAsync() => (await Admin.DescribeLogDirsAsync([broker]))[0].ThrowIfFailed().Directories
            .Where(described => described.Path.EndsWith($"/{directory}", StringComparison.Ordinal))
            .Sum(described => described.Replicas.Count(replica => replica.Partition.Topic == topic && !replica.IsFuture));
    }

    /// <summary>Waits until no reassignment is under way.</summary>
    public async Task AwaitReassignmentsAsync()
    {
        using var limit = new CancellationTokenSource(StartLimit);
        while ((await Admin.ListReassignmentsAsync(null)).Count > 0)
        {
            await Task.Delay(PollInterval, limit.Token);
        }
    }

    /// <summary>Unpacks the log directories that the recorded dumps show, where no broker runs on them.</summary>
    public void UnpackDumpedLogs()
    {
        using var resource = Assembly.GetExecutingAssembly().GetManifestResourceStream("dumped-logs.zip")!;
        ZipFile.ExtractToDirectory(resource, DumpedLogs);
    }

    /// <summary>Writes a file that a command names.</summary>
    public void Write(string name, string text) => File.WriteAllText(_directory.File(name), text);

    /// <summary>Makes the topics that a recorded <c>--describe</c> shows and that are not there, as they were.</summary>
    public async Task MakeTopicsAsync(string described)
    {
        var existing = (await Admin.ListTopicsAsync(includeInternal: true)).Select(topic => topic.Name).ToHashSet();
        var missing = DescribedTopic.Parse(described).Where(topic => !existing.Contains(topic.Name)).ToArray();
        var created = await Admin.CreateTopicsAsync(missing
            .Select(topic => new NewTopic(topic.Name)
            {
                Assignments = topic.Replicas,
                Configs = topic.Configs
                    .Where(config => !InheritedConfigs.Contains(config.Key))
                    .ToDictionary(config => config.Key, config => config.Value),
            })
            .ToArray());
        Assert.All(created, result => Assert.Null(result.Failure));
        await AwaitTopicsAsync(missing.Select(topic => topic.Name));
    }

    /// <summary>Waits until the broker that tools ask knows topics.</summary>
    private async Task AwaitTopicsAsync(IEnumerable<string> topics)
    {
        using var limit = new CancellationTokenSource(StartLimit);
        while (topics.Except((await ListedTopicsAsync()).Split('\n')).Any())
        {
            await Task.Delay(PollInterval, limit.Token);
        }
    }

    private async Task<string> ListedTopicsAsync() =>
        (await ToolSession.RunAsync(["kafka-topics", "--bootstrap-server", BootstrapServers, "--list"], "")).Output;

    /// <summary>
    /// Brings topics and their ends to what a recorded <c>kafka-get-offsets</c> shows: makes those that are missing with one replica,
    /// deletes those it has not got, and fills partitions.
    /// </summary>
    public async Task MatchOffsetsAsync(string recorded)
    {
        var ends = recorded
            .Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split(':'))
            .ToDictionary(parts => new TopicPartition(parts[0], int.Parse(parts[1])), parts => long.Parse(parts[2]));
        var wanted = ends.Keys.GroupBy(partition => partition.Topic).ToDictionary(topic => topic.Key, topic => topic.Count());
        var existing = (await Admin.ListTopicsAsync()).Select(topic => topic.Name).ToArray();
        await Admin.DeleteTopicsAsync(existing.Except(wanted.Keys).ToArray());
        await Admin.CreateTopicsAsync(wanted
            .Where(topic => !existing.Contains(topic.Key))
            .Select(topic => new NewTopic(topic.Key) { Partitions = topic.Value, ReplicationFactor = 1 })
            .ToArray());
        await FillAsync(ends);
    }

    /// <summary>Makes a topic of one partition with the keyed records that the recorded cluster's had.</summary>
    public async Task MakeKeyedTopicAsync(string topic, int records)
    {
        await Admin.CreateTopicsAsync([new NewTopic(topic) { Partitions = 1, ReplicationFactor = 1 }]);
        await using var producer = new KafkaProducer<string?, string?>(
            new ProducerConfig { BootstrapServers = BootstrapServers }, Serdes.String, Serdes.String);
        for (var i = 0; i < records; i++)
        {
            await producer.ProduceAsync(new(topic, $"key{i}", $"value-{i}-{new string('x', 7 * i)}"));
        }
    }

    /// <summary>Makes groups without members, as a recorded <c>--list</c> names them, with the offset each has.</summary>
    public async Task MakeGroupsAsync(string listed, TopicPartition partition)
    {
        foreach (var group in listed.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            await CommitAsync(group, partition, 0);
        }
    }

    /// <summary>Commits the offsets that a recorded <c>--describe</c> of groups shows.</summary>
    public async Task CommitOffsetsAsync(string described)
    {
        foreach (var row in described.Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1))
        {
            var fields = row.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            await CommitAsync(fields[0], new TopicPartition(fields[1], int.Parse(fields[2])), long.Parse(fields[3]));
        }
    }

    /// <summary>
    /// Brings transactional ids to the states that a recorded list shows. Those that ended were about a group's offset; one that is open has
    /// written a record to <paramref name="written"/>.
    /// </summary>
    public async Task MakeTransactionsAsync(string listed, TopicPartition written)
    {
        foreach (var row in listed.Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1))
        {
            var cells = row.Split('\t', StringSplitOptions.TrimEntries);
            await MakeTransactionAsync(cells[0], cells[3], written);
        }

        // A coordinator answers before it has written the markers and noted the end.
        using var limit = new CancellationTokenSource(StartLimit);
        while ((await Admin.ListTransactionsAsync(cancellation: limit.Token)).ThrowIfFailed()
            .Any(transaction => transaction.State.StartsWith("Prepare", StringComparison.Ordinal)))
        {
            await Task.Delay(PollInterval, limit.Token);
        }

        await DeleteGroupAsync(TransactionalGroup);
    }

    private static async Task AwaitNodesAsync(string bootstrapServer)
    {
        using var limit = new CancellationTokenSource(StartLimit);
        await using var admin = new AdminClient(new AdminConfig { BootstrapServers = bootstrapServer });
        while ((await admin.DescribeClusterAsync(limit.Token)).Nodes.Count < Brokers)
        {
            await Task.Delay(PollInterval, limit.Token);
        }
    }

    private async Task MakeTransactionAsync(string id, string state, TopicPartition written)
    {
        var producer = new KafkaProducer<byte[]?, byte[]?>(
            new ProducerConfig { BootstrapServers = BootstrapServers, TransactionalId = id, TransactionTimeout = TimeSpan.FromMinutes(10) },
            Serdes.ByteArray,
            Serdes.ByteArray);
        await producer.InitTransactionsAsync();
        if (state == "Ongoing")
        {
            producer.BeginTransaction();
            await producer.ProduceAsync(new ProducerRecord<byte[]?, byte[]?>(written.Topic, null, "hello"u8.ToArray()) { Partition = written.Partition });
            _openTransactions.Add(producer);
            return;
        }

        if (state != "Empty")
        {
            producer.BeginTransaction();
            await producer.SendOffsetsToTransactionAsync(
                new Dictionary<TopicPartition, OffsetAndMetadata> { [written] = new(0) }, new ConsumerGroupMetadata(TransactionalGroup));
            await (state == "CompleteCommit" ? producer.CommitTransactionAsync() : producer.AbortTransactionAsync());
        }

        await producer.DisposeAsync();
    }

    /// <summary>Has a console consumer join a group, and waits until it has partitions.</summary>
    public async Task JoinAsync(string group, string topic)
    {
        _member = ToolSession.RunAsync(
            ["kafka-console-consumer", "--bootstrap-server", BootstrapServers, "--topic", topic, "--group", group], "", _leaving.Token);
        using var limit = new CancellationTokenSource(StartLimit);
        while ((await Admin.ListGroupsAsync(["Stable"])).ThrowIfFailed().All(listed => listed.GroupId != group))
        {
            await Task.Delay(PollInterval, limit.Token);
        }
    }

    /// <summary>Has the member leave its group.</summary>
    public async Task LeaveAsync()
    {
        await _leaving.CancelAsync();
        await _member;
    }

    /// <summary>Appends records to partitions until they end where they should.</summary>
    public async Task FillAsync(Dictionary<TopicPartition, long> ends)
    {
        var current = await Admin.ListOffsetsAsync(ends.Keys.ToDictionary(partition => partition, _ => -1L));
        await using var producer = new KafkaProducer<byte[]?, byte[]?>(
            new ProducerConfig { BootstrapServers = BootstrapServers }, Serdes.ByteArray, Serdes.ByteArray);
        foreach (var (partition, end) in ends)
        {
            for (var offset = current[partition].ThrowIfFailed().Offset; offset < end; offset++)
            {
                await producer.SendAsync(new ProducerRecord<byte[]?, byte[]?>(partition.Topic, null, [1])
                {
                    Partition = partition.Partition,
                    TimestampMs = RecordTime(offset),
                });
            }
        }

        await producer.FlushAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await LeaveAsync();
        _leaving.Dispose();
        foreach (var producer in _openTransactions)
        {
            await producer.DisposeAsync();
        }

        if (_admin is not null)
        {
            await _admin.DisposeAsync();
        }

        foreach (var process in _brokers.Append(_ensemble).OfType<ChildProcess>())
        {
            await process.DisposeAsync();
        }

        _directory.Dispose();
    }

    private async Task CommitAsync(string group, TopicPartition partition, long offset)
    {
        var committed = await Admin.AlterGroupOffsetsAsync(
            group, new Dictionary<TopicPartition, GroupOffset> { [partition] = new(offset, -1, "") });
        Assert.All(committed, result => Assert.Null(result.Failure));
    }

    /// <summary>Record 41 is the newest, as in the recorded topic whose largest timestamp is asked for.</summary>
    private long RecordTime(long offset) => _recordTimeMs + (offset == 41 ? 1000 : Math.Min(offset, 41));

    private void Launch(int id)
    {
        var data = $"{Directory}/broker{id}/data";
        _brokers[id] = Launch(
            "kafka-server",
            _directory.File($"broker{id}.properties"),
            $"broker.id={id}",
            $"listeners=PLAINTEXT://127.0.0.1:{_ports[id]}",
            $"log.dirs={(id == Brokers - 1 ? $"{data},{data}-b" : data)}",
            $"zookeeper.connect={ZooKeeper}/k",
            "zookeeper.session.timeout.ms=45000",
            "zookeeper.connection.timeout.ms=90000",
            "num.partitions=1",
            "offsets.topic.replication.factor=1",
            "offsets.topic.num.partitions=2",
            "transaction.state.log.num.partitions=2",
            "log.index.size.max.bytes=4096",
            "group.initial.rebalance.delay.ms=0");
    }

    private Task AwaitStartAsync(int id) => _brokers[id]!.WaitForAsync($"[KafkaServer id={id}] started", StartLimit);

    private static ChildProcess Launch(string program, string file, params string[] properties)
    {
        File.WriteAllLines(file, properties);
        return ChildProcess.Start(
            Path.Combine(AppContext.BaseDirectory, program), [file], new Dictionary<string, string> { ["LOG_DIR"] = $"{file}.logs" });
    }
}
