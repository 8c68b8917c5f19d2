using System.Globalization;
using System.Runtime.InteropServices;
using ClassicBroker.Client;
using ClassicBroker.Client.Classic;

// Reads topics as a member of a group that lives in ZooKeeper, as consumers of Kafka 0.8 did, and prints each message. Members that come,
// leave or die share the partitions among them; what a member that died had not committed is read by the next owner.
if (args.Length is < 3 or > 4)
{
    Console.Error.WriteLine("Usage: ZooKeeperGroup ZOOKEEPER_CONNECT GROUP TOPIC_FILTER [STREAMS]");
    return 1;
}

var (zooKeeper, group, filter, count) = (args[0], args[1], args[2], args.Length == 4 ? int.Parse(args[3], CultureInfo.InvariantCulture) : 1);
using var stop = new CancellationTokenSource();
using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);

await using var consumer = new ZooKeeperConsumer<string?, string?>(
    ZooKeeperConsumerConfig.FromProperties(new Dictionary<string, string>
    {
        ["zookeeper.connect"] = zooKeeper,
        ["group.id"] = group,
        ["auto.offset.reset"] = "smallest",
        // After this long the others take over from a process that died.
        ["zookeeper.session.timeout.ms"] = "2000",
        ["zookeeper.sync.time.ms"] = "200",
        ["auto.commit.interval.ms"] = "500",
    }),
    Serdes.String,
    Serdes.String);
var streams = await consumer.CreateMessageStreamsByFilterAsync(TopicFilter.Whitelist(filter), count, stop.Token);
Console.WriteLine($"joined as {consumer.ConsumerId}");
try
{
    await Task.WhenAll(streams.Select(ReadAsync));
}
catch (OperationCanceledException) when (stop.IsCancellationRequested)
{
    // Closing commits what was printed, and hands the partitions over at once.
}

return 0;

async Task ReadAsync(KafkaStream<string?, string?> stream)
{
    await foreach (var message in stream.WithCancellation(stop.Token))
    {
        Console.WriteLine($"message {message.Topic} {message.Partition} {message.Offset} {message.Value}");
    }
}

void Stop(PosixSignalContext signal)
{
    signal.Cancel = true;
    stop.Cancel();
}
