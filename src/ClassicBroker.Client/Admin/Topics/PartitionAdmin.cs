using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;

namespace ClassicBroker.Client.Admin;

/// <summary>Calls about brokers and the partitions on them. Safe from any thread.</summary>
internal sealed class PartitionAdmin(AdminCalls calls)
{
    public Task<ClusterDescription> DescribeClusterAsync() =>
        calls.RunAsync("listNodes", async () =>
        {
            var metadata = await calls.Cluster.RefreshAsync();
            return new ClusterDescription(metadata.ClusterId, metadata.ControllerId, metadata.Nodes);
        });

    public Task<IReadOnlyList<LogDirDescription>> DescribeLogDirsAsync(IReadOnlyCollection<int> brokers) =>
        calls.RunAsync<IReadOnlyList<LogDirDescription>>("describeLogDirs", async () =>
        {
            List<LogDirDescription> described = [];
            foreach (var broker in brokers)
            {
                var request = new DescribeLogDirsRequest { Topics = null };
                var response = await calls.SendToBrokerAsync<DescribeLogDirsRequest, DescribeLogDirsResponse>(broker, request);
                if (response.ErrorCode != ErrorCode.None)
                {
                    throw calls.Refusal(response.ErrorCode, null, "DescribeLogDirs");
                }

                described.AddRange(response.Results.Select(result => Describe(broker, result)));
            }

            return described;
        });

    /// <summary>Deletes records; partitions whose topic or leader is not there yet are tried again until the call's time is up.</summary>
    public async Task<IReadOnlyList<DeletedRecords>> DeleteRecordsAsync(IReadOnlyDictionary<TopicPartition, long> beforeOffsets)
    {
        var waiting = beforeOffsets.ToDictionary(pair => pair.Key, pair => pair.Value);
        var results = new SortedDictionary<TopicPartition, DeletedRecords>();
        try
        {
            await calls.RunAsync("deleteRecords", async () =>
            {
                await DeleteLedAsync(waiting, results);
                return waiting.Count;
            });
        }
        catch (KafkaTimeoutException late)
        {
            foreach (var partition in waiting.Keys)
            {
                results[partition] = new DeletedRecords(partition, -1, late);
            }
        }

        return results.Values.ToArray();
    }

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

    private static LogDirDescription Describe(int broker, DescribeLogDirsResponse.DescribeLogDirsResult result) =>
        new(
            broker,
            result.LogDir,
            result.ErrorCode,
            result.Topics
                .SelectMany(topic => topic.Partitions.Select(partition => new LogDirReplica(
                    new TopicPartition(topic.Name, partition.PartitionIndex),
                    partition.PartitionSize,
                    partition.OffsetLag,
                    partition.IsFutureKey)))
                .OrderBy(replica => replica.Partition)
                .ToArray(),
            result.TotalBytes,
            result.UsableBytes);

    /// <summary>Asks the leaders there are; what has its answer no longer waits.</summary>
    /// <exception cref="KafkaException">Some still wait.</exception>
    private async Task DeleteLedAsync(Dictionary<TopicPartition, long> waiting, SortedDictionary<TopicPartition, DeletedRecords> results)
    {
        foreach (var topic in waiting.Keys.Select(partition => partition.Topic).Distinct())
        {
            calls.Cluster.Follow(topic);
        }

        await calls.Cluster.RefreshAsync();
        KafkaException? failure = null;
        foreach (var leader in waiting.GroupBy(pair => calls.Cluster.Metadata.Partition(pair.Key)?.LeaderId ?? -1).ToArray())
        {
            if (leader.Key < 0)
            {
                failure = Missing(leader.First().Key);
                continue;
            }

            var request = new DeleteRecordsRequest { Topics = Deletable(leader), TimeoutMs = calls.RequestTimeoutMs };
            var response = await calls.SendToBrokerAsync<DeleteRecordsRequest, DeleteRecordsResponse>(leader.Key, request);
            foreach (var result in response.Topics.SelectMany(topic => topic.Partitions.Select(answer => Deleted(topic.Name, answer))))
            {
                if (result.Failure is { IsRetriable: true })
                {
                    failure = result.Failure;
                    continue;
                }

                waiting.Remove(result.Partition);
                results[result.Partition] = result;
            }
        }

        if (failure is not null)
        {
            throw failure;
        }
    }

    private KafkaException Missing(TopicPartition partition) =>
        calls.Cluster.Metadata.Partition(partition) is null
            ? new KafkaException(ErrorCode.UnknownTopicOrPartition)
            : new KafkaException(ErrorCode.LeaderNotAvailable);

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

    private DeletedRecords Deleted(string topic, DeleteRecordsResponse.DeleteRecordsPartitionResult result) =>
        new(
            new TopicPartition(topic, result.PartitionIndex),
            result.LowWatermark,
            calls.Failure(result.ErrorCode, null, "DeleteRecords"));

    private ElectionResult Elected(string topic, ElectLeadersResponse.PartitionResult result)
    {
        calls.RequireController(result.ErrorCode);
        return new ElectionResult(
            new TopicPartition(topic, result.PartitionId), calls.Failure(result.ErrorCode, result.ErrorMessage, "ElectLeaders"));
    }
}
