using System.Runtime.InteropServices;
using ClassicBroker.Client;

// Reads a topic as a member of a group, changes each record and writes it to another topic, exactly once: what is written and how far was
// read are committed in one transaction. Killed at any point, it, or another member of the group, goes on behind the last transaction.
if (args.Length != 5)
{
    Console.Error.WriteLine("Usage: ConsumeTransformProduce BOOTSTRAP_SERVERS GROUP TRANSACTIONAL_ID INPUT_TOPIC OUTPUT_TOPIC");
    return 1;
}

var (bootstrap, group, transactionalId, input, output) = (args[0], args[1], args[2], args[3], args[4]);
using var stop = new CancellationTokenSource();
using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);

await using var consumer = new KafkaConsumer<string?, string?>(
    ConsumerConfig.FromProperties(new Dictionary<string, string>
    {
        ["bootstrap.servers"] = bootstrap,
        ["group.id"] = group,
        ["auto.offset.reset"] = "earliest",
        ["isolation.level"] = "read_committed",
        // The transactions commit positions.
        ["enable.auto.commit"] = "false",
        // Records of one transaction at most.
        ["max.poll.records"] = "100",
        // After this long the others take over from a process that died.
        ["session.timeout.ms"] = "6000",
    }),
    Serdes.String,
    Serdes.String);
consumer.Subscribe([input]);

try
{
    while (true)
    {
        try
        {
            await RunAsync();
        }
        catch (ProducerFencedException fenced)
        {
            // Another process runs with the same transactional.id, or a transaction took too long: it is over either way.
            Console.Error.WriteLine(fenced.Message);
            return 2;
        }
        catch (FatalProducerException failure)
        {
            // Its transaction ends with the next InitTransactions.
            Console.Error.WriteLine($"The producer is replaced: {failure.Message}");
        }
    }
}
catch (OperationCanceledException) when (stop.IsCancellationRequested)
{
    return 0;
}

void Stop(PosixSignalContext signal)
{
    signal.Cancel = true;
    stop.Cancel();
}

async Task RunAsync()
{
    await using var producer = new KafkaProducer<string?, string?>(
        ProducerConfig.ForReliability(bootstrap) with
        {
            TransactionalId = transactionalId,
            // Readers wait this long for a process that died in a transaction, unless it, or its successor, is back sooner.
            TransactionTimeout = TimeSpan.FromSeconds(20),
        },
        Serdes.String,
        Serdes.String);
    await PersistAsync(() => producer.InitTransactionsAsync(stop.Token));
    await RewindAsync();
    while (true)
    {
        var records = await AnswerAsync(() => consumer.PollAsync(TimeSpan.FromSeconds(1), stop.Token).AsTask());
        if (records.Count == 0)
        {
            continue;
        }

        producer.BeginTransaction();
        try
        {
            foreach (var record in records)
            {
                await producer.SendAsync(new ProducerRecord<string?, string?>(output, record.Key, record.Value?.ToUpperInvariant()));
            }

            var positions = records.GroupBy(record => record.TopicPartition).ToDictionary(
                partition => partition.Key, partition => new OffsetAndMetadata(partition.Last().Offset + 1, partition.Last().LeaderEpoch));
            await producer.SendOffsetsToTransactionAsync(positions, consumer.GroupMetadata(), stop.Token);
            await PersistAsync(() => producer.CommitTransactionAsync(stop.Token));
            Console.WriteLine($"copied {records.Count}");
        }
        catch (KafkaException failure) when (!failure.IsFatal)
        {
            Console.Error.WriteLine($"The transaction is aborted: {failure.Message}");
            await PersistAsync(() => producer.AbortTransactionAsync(stop.Token));
            await RewindAsync();
        }
    }
}

// Goes back to what was committed: records of an aborted transaction are read again.
async Task RewindAsync()
{
    var committed = await AnswerAsync(() => consumer.CommittedAsync(consumer.Assigned, stop.Token));
    foreach (var partition in consumer.Assigned)
    {
        if (committed.TryGetValue(partition, out var position))
        {
            consumer.Seek(partition, position.Offset);
        }
        else
        {
            consumer.SeekToBeginning(partition);
        }
    }
}

// Calls again what did not succeed in time; for a commit or an abort that waits for the same one.
Task PersistAsync(Func<Task> call) => AnswerAsync(async () =>
{
    await call();
    return true;
});

async Task<T> AnswerAsync<T>(Func<Task<T>> call)
{
    while (true)
    {
        try
        {
            return await call();
        }
        catch (KafkaException failure) when (failure.IsRetriable)
        {
            Console.Error.WriteLine($"Again: {failure.Message}");
            stop.Token.ThrowIfCancellationRequested();
        }
    }
}
