using ClassicBroker.Client;
using ClassicBroker.Client.Classic;

// Sends each line of its input as the producer of Kafka 0.8 did: "key:value", or a value alone. Synchronously, each line is acknowledged
// before the next; asynchronously, lines are queued and leave in batches.
if (args.Length != 3 || args[2] is not ("sync" or "async"))
{
    Console.Error.WriteLine("Usage: ClassicProduce BROKER_LIST TOPIC sync|async");
    return 1;
}

var (brokers, topic, type) = (args[0], args[1], args[2]);
var sent = 0;
await using (var producer = new ClassicProducer<string?, string>(
    ClassicProducerConfig.FromProperties(new Dictionary<string, string>
    {
        ["metadata.broker.list"] = brokers,
        ["producer.type"] = type,
        ["request.required.acks"] = "-1",
        ["compression.codec"] = "snappy",
        ["queue.buffering.max.ms"] = "200",
    }),
    Serdes.String,
    Serdes.String))
{
    while (Console.ReadLine() is { } line)
    {
        var colon = line.IndexOf(':', StringComparison.Ordinal);
        await producer.SendAsync(new KeyedMessage<string?, string>(topic, colon < 0 ? null : line[..colon], line[(colon + 1)..]));
        sent++;
    }
}

Console.WriteLine($"sent {sent}");
return 0;
