using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;

namespace ClassicBroker.Client.Admin;

/// <summary>Calls about brokers and the partitions on them. Safe from any thread.</summary>
internal sealed class PartitionAdmin(AdminCalls calls)
{
    private const string LogDirsApi = "DescribeLogDirs";

    public Task<ClusterDescription> DescribeClusterAsync() =>
        calls.RunAsync("listNodes", async () =>
        {
            var metadata = await calls.Cluster.RefreshAsync();
            return new ClusterDescription(metadata.ClusterId, metadata.ControllerId, metadata.Nodes);
        });

    public Task<IReadOnlyList<BrokerLogDirs>> DescribeLogDirsAsync(IReadOnlyCollection<int> brokers) =>
        calls.RunEachAsync<int, BrokerLogDirs>(
            "describeLogDirs",
            brokers,
            (broker, failure) => new BrokerLogDirs(broker, [], failure),
            answers => answers.AskEachAsync(async broker =>
            {
                var request = new DescribeLogDirsRequest { Topics = null };
                var response = await calls.SendToBrokerAsync<DescribeLogDirsRequest, DescribeLogDirsResponse>(broker, request);

                // Before version 3 a broker that refuses says so by telling of no directory.
                var error = response.ErrorCode == ErrorCode.None && response.Results.Length == 0
                    ? ErrorCode.ClusterAuthorizationFailed
                    : response.ErrorCode;
                if (error != ErrorCode.None)
                {
                    throw calls.Refusal(error, null, LogDirsApi);
                }

                answers.Give(broker, new BrokerLogDirs(broker, [.. response.Results.Select(result => Describe(broker, result))], null));
            }));

    /// <summary>Deletes records; partitions whose topic or leader is not there yet are tried again until the call's time is up.</summary>
    public async Task<IReadOnlyList<DeletedRecords>> DeleteRecordsAsync(IReadOnlyDictionary<TopicPartition, long> beforeOffsets) =>
        await calls.RunEachAsync<TopicPartition, DeletedRecords>(
            "deleteRecords",
            [.. beforeOffsets.Keys.Order()],
            (partition, failure) => new DeletedRecords(partition, -1, failure),
            answers => DeleteLedAsync(beforeOffsets, answers));

    public Task<IReadOnlyList<ElectionResult>> ElectLeadersAsync(ElectionType type, IReadOnlyCollection<TopicPartition>? partitions) =>
        calls.RunAsync<IReadOnlyList<ElectionResult>>("electLeaders", async () =>
        {
            var request = new ElectLeadersRequest
            {
                ElectionType = (sbyte)type,
                TopicPartitions = partitions?
                    .GroupBy(partition => partition.Topic)
                    .Select(topic => new ElectLeadersRequest.ElectLeadersTopic
                    {
                        Topic = topic.Key,
                        Partitions = topic.Select(partition => partition.Partition).ToArray(),
                    })
                    .ToArray(),
                TimeoutMs = calls.RequestTimeoutMs,
            };
            var response = await calls.SendToControllerAsync<ElectLeadersRequest, ElectLeadersResponse>(request);
            if (response.ErrorCode != ErrorCode.None)
            {
                throw calls.Refusal(response.ErrorCode, null, "ElectLeaders");
            }

            return response.ReplicaElectionResults
                .SelectMany(topic => topic.PartitionResult.Select(result => Elected(topic.Topic, result)))
                .OrderBy(result => result.Partition)
                .ToArray();
        });

    public Task<IReadOnlyDictionary<TopicPartition, PartitionReassignment>> ListReassignmentsAsync(
        IReadOnlyCollection<TopicPartition>? partitions) =>
        calls.RunAsync<IReadOnlyDictionary<TopicPartition, PartitionReassignment>>("listPartitionReassignments", async () =>
        {
            var request = new ListPartitionReassignmentsRequest
            {
                Topics = partitions?
                    .GroupBy(partition => partition.Topic)
                    .Select(topic => new ListPartitionReassignmentsRequest.ListPartitionReassignmentsTopics
                    {
                        Name = topic.Key,
                        PartitionIndexes = topic.Select(partition => partition.Partition).ToArray(),
                    })
                    .ToArray(),
                TimeoutMs = calls.RequestTimeoutMs,
            };
            var response =
                await calls.SendToControllerAsync<ListPartitionReassignmentsRequest, ListPartitionReassignmentsResponse>(request);
            if (calls.Failure(response.ErrorCode, response.ErrorMessage, "ListPartitionReassignments") is { } failure)
            {
                throw failure;
            }

            return new SortedDictionary<TopicPartition, PartitionReassignment>(response.Topics
                .SelectMany(topic => topic.Partitions.Select(partition => (topic.Name, Partition: partition)))
                .ToDictionary(
                    found => new TopicPartition(found.Name, found.Partition.PartitionIndex),
                    found => new PartitionReassignment(
                        found.Partition.Replicas, found.Partition.AddingReplicas, found.Partition.RemovingReplicas)));
        });

    public Task<IReadOnlyList<NodeApiVersions>> DescribeApiVersionsAsync() =>
        calls.RunAsync<IReadOnlyList<NodeApiVersions>>("listNodes", async () =>
        {
            var metadata = await calls.Cluster.RefreshAsync();
            List<NodeApiVersions> described = [];
            foreach (var node in metadata.Nodes)
            {
                described.Add(await DescribeApiVersionsAsync(node));
            }

            return described;
        });

    private async Task<NodeApiVersions> DescribeApiVersionsAsync(BrokerNode node)
    {
        try
        {
            var connection = await calls.Cluster.Broker(node.Id).ConnectAsync();
            return new NodeApiVersions(node, connection.Versions, null);
        }
        catch (KafkaException failure)
        {
            return new NodeApiVersions(node, [], failure);
        }
    }

    private LogDirDescription Describe(int broker, DescribeLogDirsResponse.DescribeLogDirsResult result) =>
        new(
            broker,
            result.LogDir,
            result.Topics
                .SelectMany(topic => topic.Partitions.Select(partition => new LogDirReplica(
                    new TopicPartition(topic.Name, partition.PartitionIndex),
                    partition.PartitionSize,
                    partition.OffsetLag,
                    partition.IsFutureKey)))
                .OrderBy(replica => replica.Partition)
                .ToArray(),
            result.TotalBytes,
            result.UsableBytes,
            calls.Failure(result.ErrorCode, null, LogDirsApi));

    /// <summary>Asks the leaders there are.</summary>
    private async Task DeleteLedAsync(
        IReadOnlyDictionary<TopicPartition, long> beforeOffsets, Answers<TopicPartition, DeletedRecords> answers)
    {
        var waiting = answers.Waiting;
        foreach (var partition in waiting)
        {
            calls.Cluster.Follow(partition.Topic);
        }

        await calls.Cluster.RefreshAsync();
        foreach (var leader in waiting.GroupBy(partition => calls.Cluster.Metadata.LeaderOf(partition)))
        {
            await answers.AskAsync(leader, async partitions =>
            {
                if (leader.Key is not { } broker)
                {
                    foreach (var partition in partitions)
                    {
                        answers.Refuse(partition, calls.Cluster.Metadata.Leaderless(partition));
                    }

                    return;
                }

                var request = new DeleteRecordsRequest
                {
                    Topics = Deletable(partitions.Select(partition => KeyValuePair.Create(partition, beforeOffsets[partition]))),
                    TimeoutMs = calls.RequestTimeoutMs,
                };
                var response = await calls.SendToBrokerAsync<DeleteRecordsRequest, DeleteRecordsResponse>(broker, request);
                foreach (var topic in response.Topics)
                {
                    foreach (var result in topic.Partitions)
                    {
                        Take(new TopicPartition(topic.Name, result.PartitionIndex), result, answers);
                    }
                }
            });
        }
    }

    private void Take(
        TopicPartition partition,
        DeleteRecordsResponse.DeleteRecordsPartitionResult result,
        Answers<TopicPartition, DeletedRecords> answers)
    {
        if (calls.Failure(result.ErrorCode, null, "DeleteRecords") is { } failure)
        {
            failure.TopicPartition = partition;
            answers.Refuse(partition, failure);
        }
        else
        {
            answers.Give(partition, new DeletedRecords(partition, result.LowWatermark, Failure: null));
        }
    }

    private static DeleteRecordsRequest.DeleteRecordsTopic[] Deletable(IEnumerable<KeyValuePair<TopicPartition, long>> offsets) =>
        offsets
            .GroupBy(pair => pair.Key.Topic)
            .Select(topic => new DeleteRecordsRequest.DeleteRecordsTopic
            {
                Name = topic.Key,
                Partitions = topic.Select(pair => new DeleteRecordsRequest.DeleteRecordsPartition
                {
                    PartitionIndex = pair.Key.Partition,
                    Offset = pair.Value,
                }).ToArray(),
            })
            .ToArray();

    private ElectionResult Elected(string topic, ElectLeadersResponse.PartitionResult result)
    {
        calls.RequireController(result.ErrorCode);
        return new ElectionResult(
            new TopicPartition(topic, result.PartitionId), calls.Failure(result.ErrorCode, result.ErrorMessage, "ElectLeaders"));
    }
}
