using ClassicBroker.Client;

// Reads a topic as a member of a group, and dies, where it is told to, in the middle of a record. When it is committed decides what that means:
// behind the work, the record comes again (at least once); before the work, it does not (at most once).
if (args.Length is not (4 or 5) || args[0] is not ("at-least-once" or "at-most-once"))
{
    Console.Error.WriteLine("Usage: DeliveryGuarantees at-least-once|at-most-once BOOTSTRAP_SERVERS GROUP TOPIC [DIE_AT_VALUE]");
    return 1;
}

var (guarantee, bootstrap, group, topic) = (args[0], args[1], args[2], args[3]);
var dieAt = args.ElementAtOrDefault(4);
await using var consumer = new KafkaConsumer<string?, string?>(
    new ConsumerConfig
    {
        BootstrapServers = bootstrap,
        GroupId = group,
        AutoOffsetReset = AutoOffsetReset.Earliest,
        // When to commit is this program's matter.
        EnableAutoCommit = false,
        // A record at a time, so that at most one is under way when the process dies.
        MaxPollRecords = 1,
        // The group goes on without a process that died after this long.
        SessionTimeout = TimeSpan.FromSeconds(6),
    },
    Serdes.String,
    Serdes.String);
consumer.Subscribe([topic]);
while (true)
{
    foreach (var record in await consumer.PollAsync(TimeSpan.FromSeconds(1)))
    {
        if (guarantee == "at-most-once")
        {
            await consumer.CommitAsync();
        }

        Console.WriteLine($"working on {record.Value}");
        if (record.Value == dieAt)
        {
            // As by a power cut: nothing is committed, the group is not left.
            Environment.Exit(9);
        }

        if (guarantee == "at-least-once")
        {
            await consumer.CommitAsync();
        }

        if (record.Value == "end")
        {
            return 0;
        }
    }
}
