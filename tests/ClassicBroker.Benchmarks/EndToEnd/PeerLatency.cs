using System.Diagnostics;
using ClassicBroker.Client;
using Peer = Confluent.Kafka;

namespace ClassicBroker.Benchmarks.EndToEnd;

/// <summary>
/// From the moment a record is due to the moment the application's consumer has it, at a fixed rate and acks=all, by our client and by
/// Confluent.Kafka. Nothing lingers. Times count from when a record was due, so a stall is charged to all that came late.
/// </summary>
internal static class PeerLatency
{
    private const int RecordsPerSecond = 1000;
    private const int Records = 10_000;

    public static async Task<string[]> MeasureAsync(BenchmarkCluster cluster)
    {
        List<double[]> ours = [], theirs = [];
        for (var repeat = 0; repeat < BenchmarkTable.Repeats; repeat++)
        {
            ours.Add(await OursAsync(cluster));
            theirs.Add(await Task.Run(() => PeersAsync(cluster)));
        }

        return [Text(ours), $"Confluent.Kafka {Text(theirs)}", FormattableString.Invariant($"{At(theirs, 0.99) / At(ours, 0.99):0.00} x p99"), ""];
    }

    private static string Text(List<double[]> runs) =>
        FormattableString.Invariant($"p50 {At(runs, 0.5):0.00}, p99 {At(runs, 0.99):0.00} ms at {RecordsPerSecond}/s");

    private static double At(List<double[]> runs, double share) => BenchmarkTable.Median(runs.Select(run => run[(int)(share * (Records - 1))]));

    private static async Task<double[]> OursAsync(BenchmarkCluster cluster)
    {
        var topic = await cluster.CreateTopicAsync();
        await using var producer = new KafkaProducer<object?, long>(
            ProducerConfig.ForReliability(cluster.Broker.BootstrapServers), Serdes.Null, Serdes.Int64);
        await using var consumer = new KafkaConsumer<object?, long>(
            new ConsumerConfig { BootstrapServers = cluster.Broker.BootstrapServers, AutoOffsetReset = AutoOffsetReset.Earliest }, Serdes.Null, Serdes.Int64);
        consumer.Assign([new Primitives.TopicPartition(topic, 0)]);
        await producer.ProduceAsync(topic, null, 0);
        await consumer.PollAsync(TimeSpan.FromSeconds(10));
        var seen = new long[Records];
        var reading = Task.Run(async () =>
        {
            var left = Records;
            await foreach (var record in consumer.ConsumeAsync())
            {
                seen[record.Value] = Stopwatch.GetTimestamp();
                if (--left == 0)
                {
                    break;
                }
            }
        });
        var due = SendAtRate(number =>
        {
            var sending = producer.SendAsync(new ProducerRecord<object?, long>(topic, null, number));
            if (!sending.IsCompletedSuccessfully)
            {
                throw new InvalidOperationException("A record waits for room.");
            }
        });
        await reading;
        await cluster.DeleteTopicAsync(topic);
        return Milliseconds(due, seen);
    }

    private static async Task<double[]> PeersAsync(BenchmarkCluster cluster)
    {
        var topic = await cluster.CreateTopicAsync();
        using var producer = new Peer.ProducerBuilder<Peer.Null, long>(
            new Peer.ProducerConfig { BootstrapServers = cluster.Broker.BootstrapServers, Acks = Peer.Acks.All, LingerMs = 0 }).Build();
        using var consumer = new Peer.ConsumerBuilder<Peer.Ignore, long>(new Peer.ConsumerConfig
        {
            BootstrapServers = cluster.Broker.BootstrapServers,
            GroupId = "latency-peer",
            EnableAutoCommit = false,
        }).Build();
        consumer.Assign(new Peer.TopicPartitionOffset(topic, 0, Peer.Offset.Beginning));
        await producer.ProduceAsync(topic, new Peer.Message<Peer.Null, long> { Value = 0 });
        consumer.Consume(TimeSpan.FromSeconds(10));
        var seen = new long[Records];
        var reading = Task.Run(() =>
        {
            for (var left = Records; left > 0;)
            {
                if (consumer.Consume(TimeSpan.FromSeconds(1)) is { } record)
                {
                    seen[record.Message.Value] = Stopwatch.GetTimestamp();
                    left--;
                }
            }
        });
        var due = SendAtRate(number => producer.Produce(topic, new Peer.Message<Peer.Null, long> { Value = number }));
        await reading;
        await cluster.DeleteTopicAsync(topic);
        return Milliseconds(due, seen);
    }

    private static long[] SendAtRate(Action<int> send)
    {
        var due = new long[Records];
        var start = Stopwatch.GetTimestamp();
        for (var i = 0; i < Records; i++)
        {
            due[i] = start + (long)((double)i / RecordsPerSecond * Stopwatch.Frequency);
            Pace.WaitUntil(due[i]);
            send(i);
        }

        return due;
    }

    private static double[] Milliseconds(long[] due, long[] seen) =>
        [.. due.Zip(seen, (sent, arrived) => (arrived - sent) * 1000.0 / Stopwatch.Frequency).Order()];
}
