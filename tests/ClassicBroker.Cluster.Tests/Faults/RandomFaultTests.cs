using System.Globalization;
using ClassicBroker.Cluster.Tests.Lab;
using ClassicBroker.Testing.Processes;

namespace ClassicBroker.Cluster.Tests.Faults;

/// <summary>
/// Three brokers and three Apache ZooKeepers under random faults and five foreign producers: nothing acknowledged is lost, idempotent
/// producers leave nothing twice, no reader is shown what is not kept, and all replicas end the same. Each kind of fault once, or as many
/// faults and seeds as <c>CLASSICBROKER_FAULTS</c> says, such as <c>50:1-10</c>; <c>scripts/faults.sh</c> sets it.
/// </summary>
public sealed class RandomFaultTests : IDisposable
{
    private const string Topic = "history";
    private const int Partitions = 12;

    /// <summary>How often all five producers are waited for.</summary>
    private const int FaultsBetweenProgress = 4;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    private readonly ScratchDirectory _scratch = new();

    public static TheoryData<int, ulong> Runs
    {
        get
        {
            var parts = (Environment.GetEnvironmentVariable("CLASSICBROKER_FAULTS") ?? $"{Enum.GetValues<FaultKind>().Length}:1-1").Split(':', '-');
            var numbers = parts.Select(part => ulong.Parse(part, CultureInfo.InvariantCulture)).ToArray();
            var runs = new TheoryData<int, ulong>();
            for (var seed = numbers[1]; seed <= numbers[^1]; seed++)
            {
                runs.Add((int)numbers[0], seed);
            }

            return runs;
        }
    }

    [Theory]
    [MemberData(nameof(Runs))]
    public async Task Nothing_acknowledged_is_lost_or_moved_under_random_faults(int faults, ulong seed)
    {
        await using var cluster = await FaultyCluster.StartAsync(_scratch);
        await cluster.CreateTopicAsync(Topic, Partitions);
        var producers = HistoryProducer.StartAll(cluster, Topic, Partitions, _scratch);
        await using var reader = HistoryReader.Follow(cluster, Topic, Partitions, _scratch.File("seen"));
        var random = new RandomFaults(cluster, seed);
        try
        {
            foreach (var producer in producers)
            {
                await producer.WaitUntilSendingAsync(Patience);
            }

            for (var fault = 0; fault < faults; fault++)
            {
                await random.NextAsync();
                if ((fault + 1) % FaultsBetweenProgress == 0)
                {
                    await WaitForProgressAsync(producers);
                }
            }

            await cluster.WaitUntilInSyncAsync(Topic, Partitions);
            await WaitForProgressAsync(producers);
            foreach (var producer in producers)
            {
                await producer.StopAsync();
            }

            await cluster.WaitUntilInSyncAsync(Topic, Partitions);
            await reader.StopAsync();
            var summary = await HistoryCheck.AssertWholeAsync(cluster, Topic, Partitions, producers, _scratch, reader.Seen);
            await TellAsync($"seed {seed}: {faults} faults, {summary}");
        }
        catch (Exception failure)
        {
            await _scratch.KeepAsync($"faults-{seed}");
            throw new InvalidOperationException($"Seed {seed}, {faults} faults. What was done:\n{string.Join('\n', random.Log)}", failure);
        }
        finally
        {
            foreach (var producer in producers)
            {
                await producer.DisposeAsync();
            }
        }
    }

    /// <summary>Every one of the clients has found the leaders by itself.</summary>
    private static async Task WaitForProgressAsync(IReadOnlyList<HistoryProducer> producers)
    {
        var before = producers.Select(producer => producer.Count()).ToArray();
        for (var i = 0; i < producers.Count; i++)
        {
            await producers[i].WaitForMoreThanAsync(before[i], Patience);
        }
    }

    private static async Task TellAsync(string result)
    {
        TestContext.Current.TestOutputHelper?.WriteLine(result);
        if (Environment.GetEnvironmentVariable("CLASSICBROKER_FAULTS_RESULTS") is { } results)
        {
            await File.AppendAllTextAsync(results, result + "\n");
        }
    }

    public void Dispose() => _scratch.Dispose();
}
