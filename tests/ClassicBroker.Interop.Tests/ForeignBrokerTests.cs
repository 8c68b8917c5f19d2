using ClassicBroker.Client;
using ClassicBroker.Testing.Processes;

namespace ClassicBroker.Interop.Tests;

/// <summary>Our client against a broker that is not ours: the mock cluster that librdkafka brings.</summary>
public sealed class ForeignBrokerTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Records_reach_a_group_through_the_mock_cluster_of_librdkafka()
    {
        await using var mock = ChildProcess.Start(
            "/usr/bin/python3", [Path.Combine(AppContext.BaseDirectory, "Clients", "mock_cluster.py")], hasInput: true);
        await mock.WaitForAsync("brokers ", Patience);
        var bootstrap = mock.Output.Split('\n').Single(line => line.StartsWith("brokers ", StringComparison.Ordinal))["brokers ".Length..];
        foreach (var codec in new[] { "none", "gzip", "snappy", "lz4", "zstd" })
        {
            await using var producer = new KafkaProducer<string?, string?>(
                ProducerConfig.FromProperties(new Dictionary<string, string> { ["bootstrap.servers"] = bootstrap, ["compression.type"] = codec }),
                Serdes.String,
                Serdes.String);
            for (var i = 0; i < 20; i++)
            {
                await producer.ProduceAsync("through-the-mock", $"{codec}-{i}", new string('x', 200));
            }
        }

        await using var consumer = new KafkaConsumer<string?, string?>(
            ConsumerConfig.FromProperties(new Dictionary<string, string>
            {
                ["bootstrap.servers"] = bootstrap,
                ["group.id"] = "readers",
                ["auto.offset.reset"] = "earliest",
            }),
            Serdes.String,
            Serdes.String);
        consumer.Subscribe(["through-the-mock"]);
        using var patience = new CancellationTokenSource(Patience);
        SortedSet<string> keys = new(StringComparer.Ordinal);
        await foreach (var record in consumer.ConsumeAsync(patience.Token))
        {
            keys.Add(record.Key!);
            if (keys.Count == 100)
            {
                break;
            }
        }

        await consumer.CommitAsync();
        var committed = await consumer.CommittedAsync(consumer.Assigned);
        Assert.Equal(100, committed.Values.Sum(offset => offset.Offset));
    }
}
