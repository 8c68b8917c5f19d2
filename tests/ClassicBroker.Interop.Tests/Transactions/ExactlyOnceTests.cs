using System.Globalization;
using ClassicBroker.Client;
using ClassicBroker.Primitives;
using ClassicBroker.Testing;
using ClassicBroker.Testing.Processes;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Interop.Tests.Transactions;

/// <summary>
/// Consume, transform, produce by confluent-kafka-python, kafkajs and our client, two workers each, while brokers and workers of a cluster
/// of three are killed: every input is in every output exactly once, and no worker is stuck or ends for another reason than that it was
/// fenced. One short seed by default; with the number of seeds in <c>CLASSICBROKER_EXACTLY_ONCE_SEEDS</c> that many, a minute of kills each.
/// <c>CLASSICBROKER_SEED</c> beside it names the one seed to run.
/// </summary>
public sealed class ExactlyOnceTests(ITestOutputHelper log)
{
    private const string SeedsVariable = "CLASSICBROKER_EXACTLY_ONCE_SEEDS";
    private const int Partitions = 6;

    /// <summary>Transaction timeout of the workers, and the ten seconds more that readers may have to wait.</summary>
    private static readonly TimeSpan StableLimit = TimeSpan.FromSeconds(20 + 10);

    private static readonly int LongSeeds =
        int.TryParse(Environment.GetEnvironmentVariable(SeedsVariable), CultureInfo.InvariantCulture, out var count) ? count : 0;

    public static IEnumerable<TheoryDataRow<ulong>> SeedRows() =>
        Seeds.First(Math.Max(1, LongSeeds)).Select(seed => new TheoryDataRow<ulong>(seed));

    [Theory]
    [MemberData(nameof(SeedRows))]
    public async Task Every_input_is_in_every_output_exactly_once(ulong seed)
    {
        var (inputs, kills, drain) = LongSeeds > 0 ? (6000, 60, 120) : (1200, 12, 90);
        using var scratch = new ScratchDirectory();
        await using var cluster = await TransactionCluster.StartAsync(scratch);
        await using var network = ClientNetwork.Open();
        await cluster.CreateTopicsAsync(network, Partitions, ["in", .. Copier.Kinds]);
        Copier[] copiers =
        [
            .. Copier.Kinds.SelectMany(kind => Enumerable.Range(0, 2).Select(
                number => Copier.Start(kind, number, cluster.BootstrapServers, "in", kind))),
        ];
        var sender = new RecordingLoggers { MinLevel = LogLevel.Debug };
        try
        {
            var sending = SendAsync(cluster, network, sender, inputs, TimeSpan.FromSeconds(kills));
            await KillAsync(cluster, network, copiers, new SeededRandomSource(seed), TimeSpan.FromSeconds(kills));
            await sending;
            await using var reader = NewReader(cluster, network, IsolationLevel.ReadCommitted);
            var seen = await ReadAsync(reader, copiers, inputs, TimeSpan.FromSeconds(drain));
            foreach (var kind in Copier.Kinds)
            {
                var doubled = seen[kind].Where(value => value.Value.Count > 1).ToArray();
                var missing = Enumerable.Range(0, inputs).Count(number => !seen[kind].ContainsKey(number));
                Assert.True(
                    doubled.Length == 0 && missing == 0,
                    $"{kind}, seed {seed}: {missing} missing, {doubled.Length} doubled, such as "
                    + string.Join(", ", doubled.Take(5).Select(value => $"{value.Key} at {string.Join(" and ", value.Value)}"))
                    + await BatchesAsync(cluster, doubled.Take(1).SelectMany(value => value.Value))
                    + $"\n{string.Join('\n', copiers.Select(copier => copier.Output))}");
            }

            await AssertStableAsync(cluster, network, reader);
            Assert.Empty(copiers.SelectMany(copier => copier.WrongEnds));
        }
        catch
        {
            await File.WriteAllLinesAsync(scratch.File("sender.log"), sender.Lines);
            await scratch.KeepAsync($"exactly-once-{seed}");
            throw;
        }
        finally
        {
            foreach (var copier in copiers)
            {
                copier.Ends.ForEach(log.WriteLine);
                await copier.DisposeAsync();
            }
        }
    }

    /// <summary>Sends the numbers from 0 on, spread over the time of the kills.</summary>
    private static async Task SendAsync(
        TransactionCluster cluster, ClientNetwork network, RecordingLoggers loggers, int inputs, TimeSpan duration)
    {
        const int burst = 20;
        await using var producer = new KafkaProducer<string?, string?>(
            ProducerConfig.ForReliability(cluster.BootstrapServers), Serdes.String, Serdes.String, network, loggers);
        var pending = new List<Task>();
        for (var number = 0; number < inputs; number++)
        {
            pending.Add(producer.ProduceAsync(new ProducerRecord<string?, string?>("in", null, $"{number}") { Partition = number % Partitions }).AsTask());
            if (number % burst == burst - 1)
            {
                await Task.Delay(duration * burst / inputs);
            }
        }

        await Task.WhenAll(pending);
    }

    /// <summary>Kills a broker, every third time the controller, and a worker, again and again.</summary>
    private static async Task KillAsync(
        TransactionCluster cluster, ClientNetwork network, Copier[] copiers, SeededRandomSource random, TimeSpan duration)
    {
        var over = DateTime.UtcNow + duration;
        for (var round = 0; DateTime.UtcNow < over; round++)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(500 + random.Next(2000)));
            await copiers[random.Next(copiers.Length)].KillAsync();
            await Task.Delay(TimeSpan.FromMilliseconds(random.Next(1500)));
            var victim = round % 3 == 0 ? await cluster.ControllerAsync(network) : cluster.Brokers[random.Next(cluster.Brokers.Count)];
            await victim.KillAsync();
            await Task.Delay(TimeSpan.FromMilliseconds(random.Next(1000)));
            await victim.StartAsync();
            foreach (var copier in copiers)
            {
                await copier.ReviveAsync();
            }
        }
    }

    /// <summary>What a reader of committed records sees of each output: where each number is, once all have come or time is over.</summary>
    private static async Task<Dictionary<string, Dictionary<int, List<string>>>> ReadAsync(
        KafkaConsumer<string?, string?> reader, Copier[] copiers, int inputs, TimeSpan limit)
    {
        var seen = Copier.Kinds.ToDictionary(kind => kind, _ => new Dictionary<int, List<string>>());
        var over = DateTime.UtcNow + limit;
        var quietPolls = 0;
        while (DateTime.UtcNow < over && quietPolls < 3)
        {
            var records = await reader.PollAsync(TimeSpan.FromSeconds(1));
            foreach (var record in records)
            {
                var number = int.Parse(record.Value!, CultureInfo.InvariantCulture);
                if (!seen[record.Topic].TryGetValue(number, out var places))
                {
                    seen[record.Topic].Add(number, places = []);
                }

                places.Add($"{record.TopicPartition}@{record.Offset}");
            }

            // What is doubled may come after the last number is seen.
            quietPolls = records.Count == 0 && seen.Values.All(numbers => numbers.Count >= inputs) ? quietPolls + 1 : 0;
            foreach (var copier in copiers)
            {
                await copier.ReviveAsync();
            }
        }

        return seen;
    }

    /// <summary>The batches of the partitions that these places are in, for a failure's message.</summary>
    private static async Task<string> BatchesAsync(TransactionCluster cluster, IEnumerable<string> places)
    {
        var batches = "";
        foreach (var partition in places.Select(place => place[..place.IndexOf('@')]).Distinct())
        {
            var file = Path.Combine(cluster.Brokers[0].DataDirectory, partition, $"{0:D20}.log");
            batches += $"\n{(await ChildProcess.RunAsync(RepositoryLayout.Script("kafka-dump-log.sh"), ["--files", file])).Text}";
        }

        return batches;
    }

    /// <summary>The last stable offset reaches the high watermark everywhere: no transaction hangs.</summary>
    private static async Task AssertStableAsync(TransactionCluster cluster, ClientNetwork network, KafkaConsumer<string?, string?> committed)
    {
        await using var uncommitted = NewReader(cluster, network, IsolationLevel.ReadUncommitted);
        var over = DateTime.UtcNow + StableLimit;
        while (true)
        {
            var stable = await committed.EndOffsetsAsync(committed.Assigned);
            var ends = await uncommitted.EndOffsetsAsync(committed.Assigned);
            var open = ends.Where(end => stable[end.Key] < end.Value).Select(end => $"{end.Key}: {stable[end.Key]} < {end.Value}").ToArray();
            if (open.Length == 0)
            {
                return;
            }

            Assert.True(DateTime.UtcNow < over, string.Join(", ", open));
            await Task.Delay(500);
        }
    }

    private static KafkaConsumer<string?, string?> NewReader(TransactionCluster cluster, ClientNetwork network, IsolationLevel isolation)
    {
        var config = new ConsumerConfig
        {
            BootstrapServers = cluster.BootstrapServers,
            AutoOffsetReset = AutoOffsetReset.Earliest,
            IsolationLevel = isolation,
        };
        var reader = new KafkaConsumer<string?, string?>(config, Serdes.String, Serdes.String, network);
        reader.Assign(Copier.Kinds.SelectMany(kind => Enumerable.Range(0, Partitions).Select(partition => new TopicPartition(kind, partition))));
        return reader;
    }
}
