using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Records;
using ClassicBroker.Simulation.Clusters;
using ClassicBroker.Simulation.Runs;

namespace ClassicBroker.Simulation.Tests;

/// <summary>
/// Writes one record after the other to the broker that ZooKeeper has as the leader, and measures the longest time between two
/// acknowledgements of all replicas in sync. A broker that is down is not written to: the pauses of a client that cannot connect would be
/// measured. Threading: the client loop.
/// </summary>
internal sealed class Writer
{
    private const short ProduceVersion = 9;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(1);

    private readonly SimulatedCluster _cluster;
    private readonly TopicPartition _partition;
    private readonly SimulatedClients _clients;
    private DateTimeOffset _last;

    public Writer(SimulatedCluster cluster, TopicPartition partition)
    {
        (_cluster, _partition) = (cluster, partition);
        (_clients, _last) = (new SimulatedClients(cluster, "writer"), cluster.Time.GetUtcNow());
        cluster.ClientLoop.Execute(() => new BackgroundWork("writer", cluster.ClientLoop).Run(RunAsync));
    }

    public TimeSpan Longest { get; private set; }

    /// <summary>How long ago the last acknowledgement came.</summary>
    public TimeSpan SinceLast => _cluster.Time.GetUtcNow() - _last;

    public void ForgetGaps() => Longest = TimeSpan.Zero;

    private async Task RunAsync()
    {
        while (true)
        {
            if (_cluster.HasLiveLeader(_partition) && await TryWriteAsync(_cluster.LeaderOf(_partition)))
            {
                Longest = SinceLast > Longest ? SinceLast : Longest;
                _last = _cluster.Time.GetUtcNow();
            }

            await _cluster.ClientLoop.DelayAsync(Pause);
        }
    }

    private async Task<bool> TryWriteAsync(int leader)
    {
        using var builder = new RecordBatchBuilder();
        builder.Append(_cluster.Time.UnixMs(), null, "v"u8);
        var data = new ProduceRequest.PartitionProduceData { Index = _partition.Partition, Records = builder.Build().ToArray() };
        var request = new ProduceRequest
        {
            Acks = -1,
            TimeoutMs = 2_000,
            TopicData = [new() { Name = _partition.Topic, PartitionData = [data] }],
        };
        var answer = await _clients.AskAsync<ProduceRequest, ProduceResponse>(leader, request, ProduceVersion);
        return answer?.Responses[0].PartitionResponses[0].ErrorCode == ErrorCode.None;
    }
}
