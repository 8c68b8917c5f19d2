using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Records;
using ClassicBroker.Simulation.Clusters;
using ClassicBroker.Simulation.Runs;

namespace ClassicBroker.Simulation.Tests;

/// <summary>
/// How long a partition is not written to while its leader stops in order, by simulated time, in which only waiting takes any. Other
/// partitions keep the followers in long polls with every leader.
/// </summary>
public sealed class ControlledShutdownGapTests
{
    private const short ProduceVersion = 9;

    private static readonly TimeSpan GapMax = TimeSpan.FromMilliseconds(60);
    private static readonly TopicPartition Load = new("load", 0);

    public static TheoryData<ulong> Seeds => [.. Enumerable.Range(1, 12).Select(seed => (ulong)seed)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void A_leader_that_stops_in_order_keeps_writers_waiting_for_a_moment_only(ulong seed)
    {
        var cluster = new SimulatedCluster(seed, 3, "min.insync.replicas=2", "zookeeper.session.timeout.ms=18000");
        var admin = cluster.Connect(cluster.Controller.Id);
        admin.CreateTopic("others", 6, 3);
        admin.CreateTopic("load", 1, 3);
        cluster.Until(() => cluster.LeaderOf(Load) >= 0 && cluster.State(Load).Isr.Count == 3, "the replicas");
        var writer = new Writer(cluster);
        cluster.Pass(TimeSpan.FromSeconds(3));
        writer.ForgetGaps();

        var leader = cluster.LeaderOf(Load);
        cluster.Broker(leader).Stop();
        cluster.Pass(TimeSpan.FromSeconds(3));

        Assert.NotEqual(leader, cluster.LeaderOf(Load));
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}: {writer.Longest.TotalMilliseconds} ms");
        Assert.InRange(writer.Longest, TimeSpan.Zero, GapMax);
    }

    /// <summary>Writes a record after the other to whom ZooKeeper has as the leader. Threading: the client loop.</summary>
    private sealed class Writer
    {
        private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(1);

        private readonly SimulatedCluster _cluster;
        private readonly SimulatedClients _clients;
        private DateTimeOffset _last;

        public Writer(SimulatedCluster cluster)
        {
            (_cluster, _clients, _last) = (cluster, new SimulatedClients(cluster, "writer"), cluster.Time.GetUtcNow());
            cluster.ClientLoop.Execute(() => new BackgroundWork("writer", cluster.ClientLoop).Run(RunAsync));
        }

        public TimeSpan Longest { get; private set; }

        public void ForgetGaps() => Longest = TimeSpan.Zero;

        private async Task RunAsync()
        {
            while (true)
            {
                if (_cluster.LeaderOf(Load) is >= 0 and var leader && await TryWriteAsync(leader))
                {
                    var now = _cluster.Time.GetUtcNow();
                    Longest = now - _last > Longest ? now - _last : Longest;
                    _last = now;
                }

                await _cluster.ClientLoop.DelayAsync(Pause);
            }
        }

        private async Task<bool> TryWriteAsync(int leader)
        {
            using var builder = new RecordBatchBuilder();
            builder.Append(_cluster.Time.UnixMs(), null, "v"u8);
            var request = new ProduceRequest
            {
                Acks = -1,
                TimeoutMs = 2_000,
                TopicData = [new() { Name = "load", PartitionData = [new() { Index = 0, Records = builder.Build().ToArray() }] }],
            };
            var answer = await _clients.AskAsync<ProduceRequest, ProduceResponse>(leader, request, ProduceVersion);
            return answer?.Responses[0].PartitionResponses[0].ErrorCode == ErrorCode.None;
        }
    }
}
