using System.Globalization;
using ClassicBroker.Client;
using ClassicBroker.Primitives;

namespace ClassicBroker.Tools.Commands;

/// <summary>
/// <c>kafka-e2e-latency.sh</c>: sends one record after the other and measures how long each takes to be acknowledged and read back.
/// </summary>
internal sealed class EndToEndLatencyCommand : ICommand
{
    private const string Usage =
        "USAGE: java org.apache.kafka.tools.EndToEndLatency broker_list topic num_messages producer_acks message_size_bytes [optional] "
        + "properties_file";

    private const int ArgumentsMin = 5;
    private const int ArgumentsMax = 6;
    private const int ReportInterval = 1000;
    private static readonly TimeSpan PollTimeout = TimeSpan.FromSeconds(60);

    public FailureForm Failures => FailureForm.MessageAndTrace;

    public bool ReportsFacts => true;

    public async Task<int> RunAsync(IReadOnlyList<string> args, ToolHost host)
    {
        if (args.Count is < ArgumentsMin or > ArgumentsMax)
        {
            throw new ToolException(Usage);
        }

        var (topic, count, size) = (args[1], Number(args[2]), Number(args[4]));
        if (args[3] is not ("1" or "all"))
        {
            throw Illegal("Latency testing requires synchronous acknowledgement. Please use 1 or all");
        }

        var properties = host.Load(args.Count == ArgumentsMax ? args[^1] : null);
        properties["bootstrap.servers"] = args[0];
        var interrupted = host.Interruption.Expect();
        await using var network = host.OpenNetwork();
        await using var admin = await network.AdminAsync(AdminConfig.FromProperties(properties));
        await CreateAsync(admin, topic, host.Out);
        await using var consumer = await network.ConsumerAsync(
            ConsumerConfig.FromProperties(properties) with { FetchMaxWait = TimeSpan.Zero }, Serdes.ByteArray, Serdes.ByteArray);
        await using var producer = await network.ProducerAsync(
            ProducerConfig.FromProperties(new Dictionary<string, string>(properties)
            {
                ["acks"] = args[3],
                ["linger.ms"] = "0",
            }),
            Serdes.ByteArray,
            Serdes.ByteArray);
        var latencies = await MeasureAsync(topic, count, size, producer, consumer, host, interrupted);
        Print(latencies, host);
        return 0;
    }

    private static JavaFailure Illegal(string message) => new("java.lang.IllegalArgumentException", message);

    private static int Number(string text) =>
        JavaText.TryParseInt(text, out var number) && number > 0
            ? number
            : throw new JavaFailure("java.lang.NumberFormatException", $"For input string: \"{text}\"");

    private static async Task CreateAsync(AdminClient admin, string topic, TextWriter output)
    {
        if ((await admin.ListTopicsAsync()).Any(listed => listed.Name == topic))
        {
            return;
        }

        output.WriteLine($"Topic \"{topic}\" does not exist. Will create topic with 1 partition(s) and replication factor = 1");
        (await admin.CreateTopicsAsync([new NewTopic(topic) { Partitions = 1, ReplicationFactor = 1 }]))[0].ThrowIfFailed();
    }

    private static async Task<double[]> MeasureAsync(
        string topic,
        int count,
        int size,
        KafkaProducer<byte[]?, byte[]?> producer,
        KafkaConsumer<byte[]?, byte[]?> consumer,
        ToolHost host,
        CancellationToken interrupted)
    {
        var numbers = await consumer.PartitionsForAsync(topic, interrupted);
        var partitions = numbers.Select(partition => new TopicPartition(topic, partition)).ToArray();
        consumer.Assign(partitions);
        consumer.SeekToEnd(partitions);
        foreach (var partition in partitions)
        {
            await consumer.PositionAsync(partition, interrupted);
        }

        var latencies = new double[count];
        for (var i = 0; i < count; i++)
        {
            var message = new byte[size];
            host.Random.Fill(message);
            var start = host.Time.GetTimestamp();
            await producer.ProduceAsync(new ProducerRecord<byte[]?, byte[]?>(topic, null, message), interrupted);
            Check(await consumer.PollAsync(PollTimeout, interrupted), message);
            latencies[i] = host.Time.GetElapsedTime(start).TotalMilliseconds;
            if (i % ReportInterval == 0)
            {
                host.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{i}\t{latencies[i]}"));
            }
        }

        return latencies;
    }

    private static void Check(IReadOnlyList<ConsumerRecord<byte[]?, byte[]?>> records, byte[] sent)
    {
        if (records.Count != 1)
        {
            throw new JavaFailure(
                "java.lang.RuntimeException",
                records.Count == 0
                    ? $"poll() timed out before finding a result (timeout:[{PollTimeout.TotalMilliseconds:0}ms])"
                    : $"Only one result was expected during this test. We found [{records.Count}]");
        }

        if (!sent.AsSpan().SequenceEqual(records[0].Value))
        {
            throw new JavaFailure("java.lang.RuntimeException", "The message value read does not match the message value sent");
        }
    }

    private static void Print(double[] latencies, ToolHost host)
    {
        Array.Sort(latencies);
        host.Facts?.Add("results", json =>
        {
            json.WriteNumber("records", latencies.Length);
            json.WriteNumber("averageLatencyMs", latencies.Average());
            json.WriteNumber("p50LatencyMs", latencies[(int)(latencies.Length * 0.5)]);
            json.WriteNumber("p99LatencyMs", latencies[(int)(latencies.Length * 0.99)]);
            json.WriteNumber("p999LatencyMs", latencies[(int)(latencies.Length * 0.999)]);
        });
        host.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Avg latency: {latencies.Average():F4} ms"));
        host.Out.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"Percentiles: 50th = {At(0.5)}, 99th = {At(0.99)}, 99.9th = {At(0.999)}"));

        int At(double fraction) => (int)latencies[(int)(latencies.Length * fraction)];
    }
}
