using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Simulation.Clusters;

namespace ClassicBroker.Simulation.Runs;

/// <summary>
/// What an operator asks of the cluster during a run: records deleted, replicas moved, preferred leaders elected. Threading: the client
/// loop.
/// </summary>
/// <param name="cluster">The cluster.</param>
/// <param name="history">What clients were told.</param>
/// <param name="partitions">The partitions of the run's own topic.</param>
/// <param name="all">Them, and those its other loads live by.</param>
internal sealed class SimulatedOperator(
    SimulatedCluster cluster, ClientHistory history, IReadOnlyList<TopicPartition> partitions, IReadOnlyList<TopicPartition> all) : IDisposable
{
    private const int Replicas = 3;
    private const short DeleteRecordsVersion = 1;
    private static readonly TimeSpan CheckpointTime = TimeSpan.FromSeconds(1);

    private readonly SimulatedClients _clients = new(cluster, "operator");
    private readonly BackgroundWork _work = new("operator", cluster.ClientLoop);
    private bool _isStopped;

    /// <summary>Deletes records from the front of the logs from now on.</summary>
    public void DeleteRecords() => _work.Run(DeleteRecordsAsync);

    public void Reassign(Fault fault) => _work.Run(() => ReassignAsync(all[fault.AtMs % all.Count], fault));

    public void ElectPreferred() => _work.Run(async () =>
    {
        if (ControllerOrNull() is { } controller)
        {
            await _clients.AskAsync<ElectLeadersRequest, ElectLeadersResponse>(controller, new() { TopicPartitions = null, TimeoutMs = 2000 }, 1);
        }
    });

    public void MoveLogDirectory(Fault fault) => _work.Run(async () =>
    {
        var request = new AlterReplicaLogDirsRequest
        {
            Dirs =
            [
                new()
                {
                    Path = fault.AtMs % 2 == 0 ? "/data1" : "/data2",
                    Topics = [new() { Name = partitions[0].Topic, Partitions = [.. partitions.Select(partition => partition.Partition)] }],
                },
            ],
        };
        await _clients.AskAsync<AlterReplicaLogDirsRequest, AlterReplicaLogDirsResponse>(fault.Broker, request, 1);
    });

    public void Stop() => _isStopped = true;

    public void Dispose() => _clients.Dispose();

    private async Task DeleteRecordsAsync()
    {
        while (!_isStopped)
        {
            var partition = partitions[cluster.Random.Next(partitions.Count)];
            var known = history.LastAcknowledged(partition);
            if (cluster.LeaderOf(partition) is >= 0 and var leader && known > 0)
            {
                await DeleteRecordsAsync(partition, leader, known - cluster.Random.Next((int)Math.Min(known, 5)));
            }

            await cluster.ClientLoop.DelayAsync(TimeSpan.FromMilliseconds(200 + cluster.Random.Next(1000)));
        }
    }

    private async Task DeleteRecordsAsync(TopicPartition partition, int leader, long before)
    {
        history.AskedToDelete[partition] = Math.Max(before, history.AskedToDelete.GetValueOrDefault(partition));
        var request = new DeleteRecordsRequest
        {
            TimeoutMs = 2000,
            Topics = [new() { Name = partition.Topic, Partitions = [new() { PartitionIndex = partition.Partition, Offset = before }] }],
        };
        var answer = await _clients.AskAsync<DeleteRecordsRequest, DeleteRecordsResponse>(leader, request, DeleteRecordsVersion);
        if (answer?.Topics[0].Partitions[0] is { ErrorCode: ErrorCode.None } deleted)
        {
            // Where a log begins is kept by checkpoints: a crash before the next one may bring back what was deleted, as with Kafka.
            var kills = cluster.Kills;
            await cluster.ClientLoop.DelayAsync(CheckpointTime);
            if (kills == cluster.Kills && !_isStopped)
            {
                history.Delete(partition, deleted.LowWatermark);
            }
        }
    }

    private async Task ReassignAsync(TopicPartition partition, Fault fault)
    {
        if (ControllerOrNull() is not { } controller)
        {
            return;
        }

        var request = new AlterPartitionReassignmentsRequest
        {
            TimeoutMs = 2000,
            Topics =
            [
                new()
                {
                    Name = partition.Topic,
                    Partitions =
                    [
                        new()
                        {
                            PartitionIndex = partition.Partition,
                            Replicas = [.. Enumerable.Range(0, Replicas).Select(place => (fault.Broker + place) % cluster.Brokers.Count)],
                        },
                    ],
                },
            ],
        };
        await _clients.AskAsync<AlterPartitionReassignmentsRequest, AlterPartitionReassignmentsResponse>(controller, request, 0);
    }

    private int? ControllerOrNull() => cluster.Running.FirstOrDefault(broker => broker.Server.IsController)?.Id;
}
