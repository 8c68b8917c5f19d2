using System.Globalization;
using System.Text;
using ClassicBroker.Client.Classic;
using ClassicBroker.Primitives;

// Reads one partition as the SimpleConsumer example of Kafka 0.8: finds its leader by seeds, prints messages from an offset on, and follows
// the leader when it changes.
if (args.Length != 5)
{
    Console.Error.WriteLine("Usage: SimpleRead SEED_BROKERS TOPIC PARTITION smallest|largest|OFFSET MAX_MESSAGES");
    return 1;
}

var (seeds, partition, from, left) = (args[0], new TopicPartition(args[1], int.Parse(args[2], CultureInfo.InvariantCulture)), args[3], long.Parse(args[4], CultureInfo.InvariantCulture));
await using var reader = new SimplePartitionReader(seeds, partition, "simple-read", TimeSpan.FromSeconds(10)) { LeaderAttempts = 60 };
var offset = from switch
{
    "smallest" => (await reader.OffsetBeforeAsync(SimpleConsumer.EarliestTime))!.Value,
    "largest" => (await reader.OffsetBeforeAsync(SimpleConsumer.LatestTime))!.Value,
    _ => long.Parse(from, CultureInfo.InvariantCulture),
};
await foreach (var message in reader.ReadAsync(offset))
{
    Console.WriteLine($"{reader.Leader} {message.Offset} {Encoding.UTF8.GetString(message.Value ?? [])}");
    if (--left <= 0)
    {
        break;
    }
}

return 0;
