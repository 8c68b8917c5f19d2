using ClassicBroker.Client.Cluster;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;

namespace ClassicBroker.Client.Admin;

/// <summary>Calls about topics. Safe from any thread.</summary>
internal sealed class TopicAdmin(AdminCalls calls)
{
    private const int DefaultCount = -1;

    public Task<IReadOnlyList<TopicListing>> ListAsync(bool includeInternal) =>
        calls.RunAsync<IReadOnlyList<TopicListing>>("listTopics", async () =>
            (await MetadataAsync(null)).Topics
                .Where(topic => includeInternal || !topic.IsInternal)
                .Select(topic => new TopicListing(topic.Name!, topic.TopicId, topic.IsInternal))
                .OrderBy(topic => topic.Name, StringComparer.Ordinal)
                .ToArray());

    public Task<IReadOnlyList<TopicDescription>> DescribeAsync(IReadOnlyCollection<string>? names) =>
        calls.RunAsync<IReadOnlyList<TopicDescription>>("describeTopics", async () =>
        {
            var response = await MetadataAsync(names);
            var order = names?.ToList();
            return response.Topics
                .Select(Describe)
                .OrderBy(topic => order?.IndexOf(topic.Name) ?? 0)
                .ThenBy(topic => topic.Name, StringComparer.Ordinal)
                .ToArray();
        });

    public Task<IReadOnlyList<AdminResult>> CreateAsync(IReadOnlyCollection<NewTopic> topics, bool validateOnly) =>
        calls.RunAsync<IReadOnlyList<AdminResult>>("createTopics", async () =>
        {
            var request = new CreateTopicsRequest
            {
                Topics = topics.Select(Creatable).ToArray(),
                TimeoutMs = calls.RequestTimeoutMs,
                ValidateOnly = validateOnly,
            };
            var response = await calls.SendToControllerAsync<CreateTopicsRequest, CreateTopicsResponse>(request);
            return response.Topics
                .Select(topic => Result(topic.Name, topic.ErrorCode, topic.ErrorMessage, "CreateTopics"))
                .ToArray();
        });

    public Task<IReadOnlyList<AdminResult>> DeleteAsync(IReadOnlyCollection<string> names) =>
        calls.RunAsync<IReadOnlyList<AdminResult>>("deleteTopics", async () =>
        {
            var response = await DeleteAsync(new DeleteTopicsRequest
            {
                Topics = names.Select(name => new DeleteTopicsRequest.DeleteTopicState { Name = name }).ToArray(),
                TimeoutMs = calls.RequestTimeoutMs,
            });
            return response.Responses
                .Select(topic => Result(topic.Name ?? "", topic.ErrorCode, topic.ErrorMessage, "DeleteTopics"))
                .ToArray();
        });

    public Task<AdminResult> CreatePartitionsAsync(
        string topic, int totalCount, IReadOnlyList<IReadOnlyList<int>>? assignments, bool validateOnly) =>
        calls.RunAsync("createPartitions", async () =>
        {
            var request = new CreatePartitionsRequest
            {
                Topics =
                [
                    new CreatePartitionsRequest.CreatePartitionsTopic
                    {
                        Name = topic,
                        Count = totalCount,
                        Assignments = assignments?
                            .Select(brokers => new CreatePartitionsRequest.CreatePartitionsAssignment { BrokerIds = brokers.ToArray() })
                            .ToArray(),
                    },
                ],
                TimeoutMs = calls.RequestTimeoutMs,
                ValidateOnly = validateOnly,
            };
            var response = await calls.SendToControllerAsync<CreatePartitionsRequest, CreatePartitionsResponse>(request);
            var result = AdminCalls.Only(response.Results);
            return Result(result.Name, result.ErrorCode, result.ErrorMessage, "CreatePartitions");
        });

    /// <summary>Brokers before version 6 of the API know topics by name only, in another field.</summary>
    private async Task<DeleteTopicsResponse> DeleteAsync(DeleteTopicsRequest request)
    {
        try
        {
            return await calls.SendToControllerAsync<DeleteTopicsRequest, DeleteTopicsResponse>(request);
        }
        catch (KafkaException old) when (old.Code == ErrorCode.UnsupportedVersion)
        {
            request.TopicNames = request.Topics.Select(topic => topic.Name!).ToArray();
            request.Topics = [];
            return await calls.SendToControllerAsync<DeleteTopicsRequest, DeleteTopicsResponse>(request);
        }
    }

    private Task<MetadataResponse> MetadataAsync(IReadOnlyCollection<string>? names) =>
        calls.SendToAnyAsync<MetadataRequest, MetadataResponse>(ClusterMetadata.Question(names, mayCreateTopics: false));

    private TopicDescription Describe(MetadataResponse.MetadataResponseTopic topic) =>
        new(
            topic.Name!,
            topic.TopicId,
            topic.IsInternal,
            topic.Partitions
                .OrderBy(partition => partition.PartitionIndex)
                .Select(partition => new PartitionDescription
                {
                    Partition = partition.PartitionIndex,
                    Leader = partition.LeaderId,
                    LeaderEpoch = partition.LeaderEpoch,
                    Replicas = partition.ReplicaNodes,
                    Isr = partition.IsrNodes,
                })
                .ToArray(),
            topic.ErrorCode is ErrorCode.None or ErrorCode.LeaderNotAvailable ? null : Unknown(topic.Name!, topic.ErrorCode));

    private UnknownTopicException Unknown(string topic, ErrorCode error)
    {
        var refusal = calls.Refusal(error, api: "Metadata");
        return new UnknownTopicException(topic, error)
        {
            BrokerId = refusal.BrokerId,
            BrokerAddress = refusal.BrokerAddress,
            Api = refusal.Api,
        };
    }

    private static CreateTopicsRequest.CreatableTopic Creatable(NewTopic topic) => new()
    {
        Name = topic.Name,
        NumPartitions = topic.Assignments is null ? topic.Partitions ?? DefaultCount : DefaultCount,
        ReplicationFactor = topic.Assignments is null ? topic.ReplicationFactor ?? DefaultCount : (short)DefaultCount,
        Assignments = (topic.Assignments ?? [])
            .Select((brokers, partition) => new CreateTopicsRequest.CreatableReplicaAssignment
            {
                PartitionIndex = partition,
                BrokerIds = brokers.ToArray(),
            })
            .ToArray(),
        Configs = topic.Configs
            .Select(config => new CreateTopicsRequest.CreatableTopicConfig { Name = config.Key, Value = config.Value })
            .ToArray(),
    };

    private AdminResult Result(string name, ErrorCode error, string? message, string api)
    {
        calls.RequireController(error);
        return new AdminResult(name, calls.Failure(error, message, api));
    }
}
