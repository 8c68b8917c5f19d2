using System.Globalization;
using ClassicBroker.Cluster.Tests.Lab;
using ClassicBroker.Testing.Processes;

namespace ClassicBroker.Cluster.Tests.Faults;

/// <summary>
/// Two of three ZooKeepers away, for longer than sessions last: with the leaders they know, brokers and clients go on. How long:
/// <c>CLASSICBROKER_QUORUM_LOSS_SECONDS</c>, 60 with <c>scripts/test.sh Cluster --long</c>.
/// </summary>
public sealed class QuorumLossTests : IDisposable
{
    private const string Topic = "history";
    private const int Partitions = 3;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private static readonly int LossSeconds =
        int.Parse(Environment.GetEnvironmentVariable("CLASSICBROKER_QUORUM_LOSS_SECONDS") ?? "8", CultureInfo.InvariantCulture);

    private readonly ScratchDirectory _scratch = new();

    [Fact]
    public async Task Records_are_acknowledged_without_a_quorum_and_the_control_plane_is_back_with_it()
    {
        await using var cluster = await FaultyCluster.StartAsync(_scratch);
        await cluster.CreateTopicAsync(Topic, Partitions);
        var producers = HistoryProducer.StartAll(cluster, Topic, Partitions, _scratch);
        try
        {
            foreach (var producer in producers)
            {
                await producer.WaitUntilSendingAsync(Patience);
            }

            await cluster.ZooKeepers[0].KillAsync();
            await cluster.ZooKeepers[1].KillAsync();
            for (var second = 0; second < LossSeconds; second += 2)
            {
                await Task.Delay(TimeSpan.FromSeconds(2));
                await WaitForProgressAsync(producers);
            }

            cluster.ZooKeepers[0].Launch();
            cluster.ZooKeepers[1].Launch();
            await cluster.CreateTopicWhenPossibleAsync("after", Patience);
            await cluster.WaitUntilInSyncAsync("after", 1);
            await cluster.WaitUntilInSyncAsync(Topic, Partitions);
            await WaitForProgressAsync(producers);
            foreach (var producer in producers)
            {
                await producer.StopAsync();
            }

            await HistoryCheck.AssertWholeAsync(cluster, Topic, Partitions, producers, _scratch);
        }
        finally
        {
            foreach (var producer in producers)
            {
                await producer.DisposeAsync();
            }
        }
    }

    private static async Task WaitForProgressAsync(IReadOnlyList<HistoryProducer> producers)
    {
        foreach (var producer in producers)
        {
            await producer.WaitForMoreThanAsync(producer.Count(), Patience);
        }
    }

    public void Dispose() => _scratch.Dispose();
}
