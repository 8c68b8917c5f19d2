using System.Diagnostics;
using ClassicBroker.Client;
using ClassicBroker.Primitives;

namespace ClassicBroker.Benchmarks.EndToEnd;

/// <summary>
/// What transactions cost, by our client: small ones one after another, large ones as a share of what producers and consumers without them
/// reach.
/// </summary>
internal static class TransactionRows
{
    private const int RecordBytes = 1024;
    private const int MeasuredMs = 3_000;
    private const int TransactionMs = 100;

    /// <summary>Transactions of one record each, a number of producers side by side.</summary>
    public static async Task<string[]> CommitAsync(int producers, int replicas)
    {
        await using var cluster = await BenchmarkCluster.StartAsync(Replicated(replicas), replicas);
        await using var network = ClientNetwork.Open();
        await CreateAsync(cluster, network, "t", partitions: 10, replicas);
        List<KafkaProducer<byte[]?, byte[]?>> opened = [];
        List<double> rates = [];
        try
        {
            for (var i = 0; i < producers; i++)
            {
                opened.Add(NewProducer(cluster, network, $"bench-{i}"));
            }

            await Task.WhenAll(opened.Select(producer => producer.InitTransactionsAsync()));
            for (var repeat = 0; repeat < BenchmarkTable.Repeats; repeat++)
            {
                var clock = Stopwatch.StartNew();
                var committed = await Task.WhenAll(opened.Select(producer => CommitUntilAsync(producer, clock)));
                rates.Add(committed.Sum() / clock.Elapsed.TotalSeconds);
            }
        }
        finally
        {
            foreach (var producer in opened)
            {
                await producer.DisposeAsync();
            }
        }

        return [BenchmarkTable.Number(Math.Round(BenchmarkTable.Median(rates)), "transactions/s"), "", "", ""];
    }

    /// <summary>
    /// Records in transactions of a tenth of a second beside the same records without. Each run has a topic of its own and the two take
    /// turns in coming first: what a run pays for pages of memory depends on what the run before has left.
    /// </summary>
    public static async Task<string[]> ProduceAsync(BenchmarkCluster cluster)
    {
        await using var network = ClientNetwork.Open();
        await using var plain = NewProducer(cluster, network, transactionalId: null);
        await using var transactional = NewProducer(cluster, network, "bench-throughput");
        await transactional.InitTransactionsAsync();
        List<double> ours = [], without = [];
        for (var repeat = 0; repeat < BenchmarkTable.Repeats; repeat++)
        {
            foreach (var commits in (bool[])[repeat % 2 == 1, repeat % 2 == 0])
            {
                var topic = await cluster.CreateTopicAsync();
                Machine.Settle();
                (commits ? ours : without).Add(await ProduceAsync(commits ? transactional : plain, topic, commits));
                await cluster.DeleteTopicAsync(topic);
            }
        }

        return Share(ours, without, "without transactions");
    }

    /// <summary>A topic of such transactions, read committed and uncommitted.</summary>
    public static async Task<string[]> ConsumeAsync(BenchmarkCluster cluster)
    {
        await using var network = ClientNetwork.Open();
        var topic = await cluster.CreateTopicAsync();
        await using (var producer = NewProducer(cluster, network, "bench-consume"))
        {
            await producer.InitTransactionsAsync();
            await ProduceAsync(producer, topic, commits: true);
        }

        List<double> ours = [], uncommitted = [];
        for (var repeat = 0; repeat < BenchmarkTable.Repeats; repeat++)
        {
            uncommitted.Add(await ConsumeAsync(cluster, network, topic, IsolationLevel.ReadUncommitted));
            ours.Add(await ConsumeAsync(cluster, network, topic, IsolationLevel.ReadCommitted));
        }

        await cluster.DeleteTopicAsync(topic);
        return Share(ours, uncommitted, "read uncommitted");
    }

    private static string[] Share(List<double> ours, List<double> without, string what)
    {
        var share = BenchmarkTable.Median(ours.Zip(without, (transactional, plain) => transactional / plain));
        return
        [
            BenchmarkTable.Number(BenchmarkTable.Median(ours), "MB/s"),
            $"{BenchmarkTable.Number(BenchmarkTable.Median(without), "MB/s")} {what}",
            $"{share:P0}",
            "",
        ];
    }

    private static Dictionary<string, string> Replicated(int replicas) => new()
    {
        ["transaction.state.log.replication.factor"] = $"{replicas}",
        ["transaction.state.log.min.isr"] = $"{Math.Min(replicas, 2)}",
        ["min.insync.replicas"] = $"{Math.Min(replicas, 2)}",
    };

    private static async Task CreateAsync(BenchmarkCluster cluster, ClientNetwork network, string topic, int partitions, int replicas)
    {
        await using var admin = new AdminClient(new AdminConfig { BootstrapServers = cluster.Broker.BootstrapServers }, network);
        var created = await admin.CreateTopicsAsync([new NewTopic(topic) { Partitions = partitions, ReplicationFactor = (short)replicas }]);
        created[0].ThrowIfFailed();
    }

    private static KafkaProducer<byte[]?, byte[]?> NewProducer(BenchmarkCluster cluster, ClientNetwork network, string? transactionalId) =>
        new(
            ProducerConfig.ForHighThroughput(cluster.Broker.BootstrapServers) with
            {
                Acks = Acks.All,
                Compression = default,
                EnableIdempotence = true,
                TransactionalId = transactionalId,
            },
            Serdes.ByteArray,
            Serdes.ByteArray,
            network);

    private static async Task<long> CommitUntilAsync(KafkaProducer<byte[]?, byte[]?> producer, Stopwatch clock)
    {
        var value = new byte[RecordBytes];
        var committed = 0L;
        while (clock.ElapsedMilliseconds < MeasuredMs)
        {
            producer.BeginTransaction();
            await producer.SendAsync(new ProducerRecord<byte[]?, byte[]?>("t", null, value));
            await producer.CommitTransactionAsync();
            committed++;
        }

        return committed;
    }

    /// <summary>Megabytes a second of values, everything acknowledged.</summary>
    private static async Task<double> ProduceAsync(KafkaProducer<byte[]?, byte[]?> producer, string topic, bool commits)
    {
        var value = new byte[RecordBytes];
        var (sent, committedAt) = (0L, 0L);
        if (commits)
        {
            producer.BeginTransaction();
        }

        var clock = Stopwatch.StartNew();
        while (clock.ElapsedMilliseconds is var elapsed && elapsed < MeasuredMs)
        {
            await producer.SendAsync(new ProducerRecord<byte[]?, byte[]?>(topic, null, value));
            sent++;
            if (commits && elapsed - committedAt >= TransactionMs)
            {
                await producer.CommitTransactionAsync();
                producer.BeginTransaction();
                committedAt = clock.ElapsedMilliseconds;
            }
        }

        await (commits ? producer.CommitTransactionAsync() : producer.FlushAsync());
        return sent * RecordBytes / 1e6 / clock.Elapsed.TotalSeconds;
    }

    private static async Task<double> ConsumeAsync(BenchmarkCluster cluster, ClientNetwork network, string topic, IsolationLevel isolation)
    {
        var config = new ConsumerConfig
        {
            BootstrapServers = cluster.Broker.BootstrapServers,
            IsolationLevel = isolation,
            AutoOffsetReset = AutoOffsetReset.Earliest,
        };
        await using var consumer = new KafkaConsumer<byte[]?, byte[]?>(config, Serdes.ByteArray, Serdes.ByteArray, network);
        var partition = new TopicPartition(topic, 0);
        consumer.Assign([partition]);
        var end = (await consumer.EndOffsetsAsync([partition]))[partition];
        var bytes = 0L;
        var clock = Stopwatch.StartNew();
        for (var next = 0L; next < end; next = await consumer.PositionAsync(partition))
        {
            foreach (var record in await consumer.PollAsync(TimeSpan.FromSeconds(1)))
            {
                bytes += record.ValueSize;
            }
        }

        return bytes / 1e6 / clock.Elapsed.TotalSeconds;
    }
}
