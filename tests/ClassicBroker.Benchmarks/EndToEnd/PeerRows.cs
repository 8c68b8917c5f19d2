using System.Diagnostics;
using ClassicBroker.Client;
using Peer = Confluent.Kafka;

namespace ClassicBroker.Benchmarks.EndToEnd;

/// <summary>
/// Our client beside Confluent.Kafka over librdkafka: the same broker, topic by topic in turn, the same batches, records and acknowledgements. A
/// row shows messages a second, processor time of this process a message, and bytes its managed heap gave out a message; the share is
/// processor time of the peer over ours, which a busy machine moves least.
/// </summary>
internal static class PeerRows
{
    private const int LingerMs = 5;
    private const int BatchBytes = 1_000_000;
    private const int TextVariety = 64;

    /// <summary>Records enough for some seconds: fewer where they are large.</summary>
    private static int CountOf(int recordBytes) => recordBytes > 500 ? 500_000 : 2_000_000;

    public static async Task<string[]> ProduceAsync(BenchmarkCluster cluster, int recordBytes, string acks, string compression)
    {
        List<PeerFigures> ours = [], theirs = [];
        var values = Values(recordBytes);
        for (var repeat = 0; repeat < BenchmarkTable.Repeats; repeat++)
        {
            ours.Add(await OnTopicAsync(cluster, topic => ProduceOursAsync(cluster, topic, values, CountOf(recordBytes), acks, compression)));
            theirs.Add(await OnTopicAsync(cluster, topic => ProducePeersAsync(cluster, topic, values, CountOf(recordBytes), acks, compression)));
        }

        return PeerFigures.Row(ours, theirs);
    }

    public static async Task<string[]> ConsumeAsync(BenchmarkCluster cluster, int recordBytes, string compression)
    {
        List<PeerFigures> ours = [], theirs = [];
        var count = CountOf(recordBytes);
        var topic = await cluster.CreateTopicAsync();
        await ProduceOursAsync(cluster, topic, Values(recordBytes), count, "1", compression);
        for (var repeat = 0; repeat < BenchmarkTable.Repeats; repeat++)
        {
            ours.Add(await ConsumeOursAsync(cluster, topic, count));
            theirs.Add(await Task.Run(() => ConsumePeers(cluster, topic, count)));
        }

        await cluster.DeleteTopicAsync(topic);
        return PeerFigures.Row(ours, theirs);
    }

    private static async Task<PeerFigures> OnTopicAsync(BenchmarkCluster cluster, Func<string, Task<PeerFigures>> run)
    {
        var topic = await cluster.CreateTopicAsync();
        Machine.Settle();
        var figures = await run(topic);
        await cluster.DeleteTopicAsync(topic);
        return figures;
    }

    /// <summary>Values that a codec makes about a third of, as it does of what applications send.</summary>
    private static byte[][] Values(int bytes)
    {
        var random = new Random(7);
        return
        [
            .. Enumerable.Range(0, 1000).Select(_ =>
            {
                var value = new byte[bytes];
                for (var i = 0; i < bytes; i++)
                {
                    value[i] = (byte)(i % 3 == 0 ? '0' + random.Next(TextVariety) : 'a' + (i % 23));
                }

                return value;
            }),
        ];
    }

    private static async Task<PeerFigures> ProduceOursAsync(
        BenchmarkCluster cluster, string topic, byte[][] values, int count, string acks, string compression)
    {
        await using var producer = new KafkaProducer<object?, ReadOnlyMemory<byte>>(
            ProducerConfig.FromProperties(new Dictionary<string, string>
            {
                ["bootstrap.servers"] = cluster.Broker.BootstrapServers,
                ["acks"] = acks,
                ["enable.idempotence"] = "false",
                ["compression.type"] = compression,
                ["linger.ms"] = $"{LingerMs}",
                ["batch.size"] = $"{BatchBytes}",
                ["buffer.memory"] = "134217728",
            }),
            Serdes.Null,
            Serdes.Memory);
        var outcomes = new Outcomes();
        await producer.SendAsync(new ProducerRecord<object?, ReadOnlyMemory<byte>>(topic, null, values[0]), outcomes);
        await producer.FlushAsync();
        return await PeerFigures.MeasureAsync(count, async () =>
        {
            for (var i = 0; i < count; i++)
            {
                await producer.SendAsync(new ProducerRecord<object?, ReadOnlyMemory<byte>>(topic, null, values[i % values.Length]), outcomes);
            }

            await producer.FlushAsync();
            outcomes.Require(count + 1);
        });
    }

    private static async Task<PeerFigures> ProducePeersAsync(
        BenchmarkCluster cluster, string topic, byte[][] values, int count, string acks, string compression)
    {
        using var producer = new Peer.ProducerBuilder<Peer.Null, byte[]>(new Peer.ProducerConfig
        {
            BootstrapServers = cluster.Broker.BootstrapServers,
            Acks = acks == "all" ? Peer.Acks.All : Peer.Acks.Leader,
            CompressionType = compression == "none" ? Peer.CompressionType.None : Peer.CompressionType.Lz4,
            LingerMs = LingerMs,
            BatchSize = BatchBytes,
            QueueBufferingMaxKbytes = 131072,
            QueueBufferingMaxMessages = 500_000,
        }).Build();
        await producer.ProduceAsync(topic, new Peer.Message<Peer.Null, byte[]> { Value = values[0] });
        var (delivered, failed) = (0, 0);

        // A flush tells of deliveries beside the thread that does.
        Action<Peer.DeliveryReport<Peer.Null, byte[]>> told = report =>
        {
            Interlocked.Increment(ref delivered);
            if (report.Error.IsError)
            {
                Interlocked.Increment(ref failed);
            }
        };
        return await PeerFigures.MeasureAsync(count, () => Task.Run(() =>
        {
            for (var i = 0; i < count; i++)
            {
                while (!TryProduce(producer, topic, values[i % values.Length], told))
                {
                    Thread.Sleep(1);
                }
            }

            producer.Flush(TimeSpan.FromMinutes(2));
            if (delivered != count || failed > 0)
            {
                throw new InvalidOperationException($"{delivered} of {count} delivered, {failed} of them failed.");
            }
        }));
    }

    private static bool TryProduce(
        Peer.IProducer<Peer.Null, byte[]> producer, string topic, byte[] value, Action<Peer.DeliveryReport<Peer.Null, byte[]>> told)
    {
        try
        {
            producer.Produce(topic, new Peer.Message<Peer.Null, byte[]> { Value = value }, told);
            return true;
        }
        catch (Peer.ProduceException<Peer.Null, byte[]> full) when (full.Error.Code == Peer.ErrorCode.Local_QueueFull)
        {
            return false;
        }
    }

    private static async Task<PeerFigures> ConsumeOursAsync(BenchmarkCluster cluster, string topic, int count)
    {
        await using var consumer = new KafkaConsumer<string?, string?>(
            new ConsumerConfig { BootstrapServers = cluster.Broker.BootstrapServers, AutoOffsetReset = AutoOffsetReset.Earliest },
            Serdes.String,
            Serdes.String);
        consumer.Assign([new Primitives.TopicPartition(topic, 0)]);
        return await PeerFigures.MeasureAsync(count, async () =>
        {
            var (left, characters) = (count, 0L);
            await foreach (var record in consumer.ConsumeAsync())
            {
                characters += record.Value!.Length;
                if (--left == 0)
                {
                    break;
                }
            }
        });
    }

    private static PeerFigures ConsumePeers(BenchmarkCluster cluster, string topic, int count)
    {
        using var consumer = new Peer.ConsumerBuilder<Peer.Ignore, string>(new Peer.ConsumerConfig
        {
            BootstrapServers = cluster.Broker.BootstrapServers,
            GroupId = "bench-peer",
            EnableAutoCommit = false,
            CheckCrcs = true,
            QueuedMaxMessagesKbytes = 65536,
        }).Build();
        consumer.Assign(new Peer.TopicPartitionOffset(topic, 0, Peer.Offset.Beginning));
        return PeerFigures.Measure(count, () =>
        {
            var (left, characters) = (count, 0L);
            while (left > 0)
            {
                if (consumer.Consume(TimeSpan.FromSeconds(1)) is { } record)
                {
                    characters += record.Message.Value.Length;
                    left--;
                }
            }
        });
    }

    /// <summary>Counts what became of records. Threading: told by the network thread, asked after the last.</summary>
    private sealed class Outcomes : IDeliveryHandler
    {
        private long _delivered;
        private KafkaException? _failure;

        public void OnDelivered(long tag, in RecordMetadata metadata) => _delivered++;

        public void OnFailed(long tag, KafkaException failure) => _failure = failure;

        public void Require(long count)
        {
            if (_failure is not null || Volatile.Read(ref _delivered) != count)
            {
                throw new InvalidOperationException($"{_delivered} of {count} delivered.", _failure);
            }
        }
    }
}
