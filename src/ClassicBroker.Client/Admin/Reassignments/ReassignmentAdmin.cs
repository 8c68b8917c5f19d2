using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;

namespace ClassicBroker.Client.Admin;

/// <summary>
/// Calls that move replicas: between brokers (KIP-455), and between the log directories of one (KIP-113). Safe from any thread.
/// </summary>
internal sealed class ReassignmentAdmin(AdminCalls calls)
{
    private const string AlterApi = "AlterPartitionReassignments";

    public Task<IReadOnlyList<ReassignmentResult>> AlterAsync(IReadOnlyDictionary<TopicPartition, IReadOnlyList<int>?> targets) =>
        calls.RunAsync<IReadOnlyList<ReassignmentResult>>("alterPartitionReassignments", async () =>
        {
            var request = new AlterPartitionReassignmentsRequest
            {
                TimeoutMs = calls.RequestTimeoutMs,
                Topics = targets.GroupBy(target => target.Key.Topic).Select(Reassignable).ToArray(),
            };
            var response =
                await calls.SendToControllerAsync<AlterPartitionReassignmentsRequest, AlterPartitionReassignmentsResponse>(request);
            calls.RequireController(response.ErrorCode);
            if (calls.Failure(response.ErrorCode, response.ErrorMessage, AlterApi) is { } failure)
            {
                throw failure;
            }

            return response.Responses
                .SelectMany(topic => topic.Partitions.Select(partition => new ReassignmentResult(
                    new TopicPartition(topic.Name, partition.PartitionIndex),
                    calls.Failure(partition.ErrorCode, partition.ErrorMessage, AlterApi))))
                .OrderBy(result => result.Partition)
                .ToArray();
        });

    public Task<IReadOnlyList<ReplicaMoveResult>> MoveAsync(IReadOnlyCollection<ReplicaLogDir> replicas) =>
        calls.RunEachAsync<ReplicaLogDir, ReplicaMoveResult>(
            "alterReplicaLogDirs",
            [.. replicas.OrderBy(replica => replica.Partition)],
            (replica, failure) => new ReplicaMoveResult(replica, failure),
            async answers =>
            {
                foreach (var broker in answers.Waiting.GroupBy(replica => replica.BrokerId).OrderBy(broker => broker.Key))
                {
                    await answers.AskAsync(broker, asked => MoveAsync(broker.Key, asked, answers));
                }
            });

    private async Task MoveAsync(
        int broker, IReadOnlyList<ReplicaLogDir> asked, Answers<ReplicaLogDir, ReplicaMoveResult> answers)
    {
        var response = await calls.SendToBrokerAsync<AlterReplicaLogDirsRequest, AlterReplicaLogDirsResponse>(broker, Movable(asked));
        var errors = response.Results
            .SelectMany(topic => topic.Partitions.Select(partition =>
                (Partition: new TopicPartition(topic.TopicName, partition.PartitionIndex), partition.ErrorCode)))
            .ToDictionary(result => result.Partition, result => result.ErrorCode);
        foreach (var replica in asked.Where(replica => errors.ContainsKey(replica.Partition)))
        {
            answers.Give(replica, new ReplicaMoveResult(replica, calls.Failure(errors[replica.Partition], null, "AlterReplicaLogDirs")));
        }
    }

    private static AlterPartitionReassignmentsRequest.ReassignableTopic Reassignable(
        IGrouping<string, KeyValuePair<TopicPartition, IReadOnlyList<int>?>> topic) => new()
        {
            Name = topic.Key,
            Partitions = topic
                .Select(target => new AlterPartitionReassignmentsRequest.ReassignablePartition
                {
                    PartitionIndex = target.Key.Partition,
                    Replicas = target.Value?.ToArray(),
                })
                .ToArray(),
        };

    private static AlterReplicaLogDirsRequest Movable(IEnumerable<ReplicaLogDir> replicas) => new()
    {
        Dirs = replicas
            .GroupBy(replica => replica.Path)
            .Select(directory => new AlterReplicaLogDirsRequest.AlterReplicaLogDir
            {
                Path = directory.Key,
                Topics = directory
                    .GroupBy(replica => replica.Partition.Topic)
                    .Select(topic => new AlterReplicaLogDirsRequest.AlterReplicaLogDirTopic
                    {
                        Name = topic.Key,
                        Partitions = topic.Select(replica => replica.Partition.Partition).ToArray(),
                    })
                    .ToArray(),
            })
            .ToArray(),
    };
}
