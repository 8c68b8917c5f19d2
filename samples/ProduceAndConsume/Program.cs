using ClassicBroker.Client;

// Makes a topic, writes ten orders to it, and reads everything that is there.
if (args.Length != 2)
{
    Console.Error.WriteLine("Usage: ProduceAndConsume BOOTSTRAP_SERVERS TOPIC");
    return 1;
}

var (bootstrap, topic) = (args[0], args[1]);

await using var admin = new AdminClient(new AdminConfig { BootstrapServers = bootstrap });
if ((await admin.ListTopicsAsync()).All(listed => listed.Name != topic))
{
    (await admin.CreateTopicsAsync([new NewTopic(topic) { Partitions = 3 }]))[0].ThrowIfFailed();
}

await using var producer = new KafkaProducer<string, string>(ProducerConfig.ForReliability(bootstrap), Serdes.String, Serdes.String);
for (var order = 1; order <= 10; order++)
{
    // Ends once every in-sync replica has the record.
    var written = await producer.ProduceAsync(topic, $"order-{order}", "paid");
    Console.WriteLine($"wrote {written}");
}

await using var consumer = new KafkaConsumer<string?, string?>(
    new ConsumerConfig { BootstrapServers = bootstrap, AutoOffsetReset = AutoOffsetReset.Earliest }, Serdes.String, Serdes.String);
consumer.Assign((await consumer.PartitionsForAsync(topic)).Select(partition => new TopicPartition(topic, partition)));
var left = (await consumer.EndOffsetsAsync(consumer.Assigned)).Values.Sum() - (await consumer.BeginningOffsetsAsync(consumer.Assigned)).Values.Sum();
await foreach (var record in consumer.ConsumeAsync())
{
    Console.WriteLine($"read {record.TopicPartition}@{record.Offset} {record.Key}={record.Value}");
    if (--left == 0)
    {
        break;
    }
}

return 0;
