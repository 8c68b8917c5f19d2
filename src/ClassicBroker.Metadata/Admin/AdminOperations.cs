using ClassicBroker.Metadata.Images;
using ClassicBroker.Metadata.Stores;
using ClassicBroker.Metadata.Znodes;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;

namespace ClassicBroker.Metadata.Admin;

/// <summary>
/// Creates, expands and deletes topics by writing their znodes; the controller's watches do the rest (the part of Kafka's
/// AdminZkClient and ZkAdminManager). Nothing here waits for the controller. Refusals carry Kafka's codes and sentences.
/// Threading: any loop.
/// </summary>
public sealed class AdminOperations(
    MetadataStore store,
    IRandomSource random,
    MetadataVersion interBrokerProtocol,
    TopicDefaults defaults,
    ITopicConfigValidator validator)
{
    private const int Unset = -1;

    /// <summary>ZooKeeper takes no more in one znode (<c>jute.maxbuffer</c>), and the whole assignment of a topic is in one.</summary>
    private const int ZnodeBytesMax = 1 << 20;

    /// <summary>What <c>"12345":[1],</c> takes at least, beside two bytes for each replica.</summary>
    private const int AssignmentBytesMin = 10;

    /// <summary>
    /// Creates a topic, or with <paramref name="validateOnly"/> finds out whether it could be. Exactly one of the two results is null.
    /// <paramref name="load"/> is that of the request, and counts the topic once it is created.
    /// </summary>
    public async Task<(TopicCreation? Created, AdminRefusal? Refusal)> CreateTopicAsync(
        CreateTopicsRequest.CreatableTopic topic, MetadataImage image, LeadershipLoad load, bool validateOnly)
    {
        if (image.Contains(topic.Name))
        {
            return (null, AlreadyExists(topic.Name));
        }

        if (FaultOfRequest(topic) is { } unsound)
        {
            return (null, unsound);
        }

        var (partitions, refusal) = AssignmentOf(topic, image, load);
        if (partitions is null)
        {
            return (null, refusal);
        }

        var config = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var entry in topic.Configs)
        {
            config[entry.Name] = entry.Value!;
        }

        if (await FaultOfTopicAsync(topic.Name, partitions, config) is { } impossible)
        {
            return (null, impossible);
        }

        var id = interBrokerProtocol.SupportsTopicIds() ? random.NextUuid() : Uuid.Zero;
        var created = new TopicCreation(topic.Name, id, partitions);
        if (validateOnly)
        {
            return (created, null);
        }

        if (!await StoreAsync(created, config))
        {
            return (null, AlreadyExists(topic.Name));
        }

        load.Add(partitions.Values);
        return (created, null);
    }

    /// <summary>Creates a topic that somebody used before it existed, with the brokers' defaults or those of an internal topic.</summary>
    public Task<(TopicCreation? Created, AdminRefusal? Refusal)> AutoCreateTopicAsync(
        string topic,
        int partitions,
        int replicationFactor,
        IReadOnlyDictionary<string, string> config,
        MetadataImage image,
        LeadershipLoad load) =>
        CreateTopicAsync(
            new()
            {
                Name = topic,
                NumPartitions = partitions,
                ReplicationFactor = (short)replicationFactor,
                Configs = [.. config.Select(
                    entry => new CreateTopicsRequest.CreatableTopicConfig { Name = entry.Key, Value = entry.Value })],
            },
            image,
            load,
            validateOnly: false);

    /// <summary>Adds partitions up to the count asked for; null where that is done, or could be.</summary>
    public async Task<AdminRefusal?> CreatePartitionsAsync(
        CreatePartitionsRequest.CreatePartitionsTopic request, MetadataImage image, bool validateOnly)
    {
        if (await store.Topics.IsMarkedForDeletionAsync(request.Name))
        {
            return new(ErrorCode.InvalidTopicException, "The topic is queued for deletion.");
        }

        AdminRefusal? refusal = null;
        var exists = await store.Topics.UpdateAsync(
            request.Name,
            stored =>
            {
                (var grown, refusal) = Grown(request, stored, image);
                return validateOnly ? null : grown;
            },
            ZnodeClient.Unfenced);
        return exists ? refusal : DoesNotExist(request.Name);
    }

    /// <summary>Marks a topic for deletion; one that is marked already is no refusal, so that a second caller may wait too.</summary>
    public async Task<ErrorCode> DeleteTopicAsync(string topic)
    {
        if (!await store.Topics.ExistsAsync(topic))
        {
            return ErrorCode.UnknownTopicOrPartition;
        }

        await store.Topics.MarkForDeletionAsync(topic);
        return ErrorCode.None;
    }

    private static AdminRefusal DoesNotExist(string topic) =>
        new(ErrorCode.UnknownTopicOrPartition, $"The topic '{topic}' does not exist.");

    private static AdminRefusal AlreadyExists(string topic) => new(ErrorCode.TopicAlreadyExists, $"Topic '{topic}' already exists.");

    private static AdminRefusal? FaultOfRequest(CreateTopicsRequest.CreatableTopic topic)
    {
        string[] nulls = [.. topic.Configs.Where(entry => entry.Value is null).Select(entry => entry.Name)];
        if (nulls.Length > 0)
        {
            return new(ErrorCode.InvalidConfig, $"Null value not supported for topic configs: {string.Join(',', nulls)}");
        }

        return topic.Assignments.Length > 0 && (topic.NumPartitions != Unset || topic.ReplicationFactor != Unset)
            ? new(
                ErrorCode.InvalidRequest,
                "Both numPartitions or replicationFactor and replicasAssignments were set. Both cannot be used at the same time.")
            : null;
    }

    /// <summary>A count that no znode could hold is refused before it costs memory; smaller ones ZooKeeper judges.</summary>
    private static AdminRefusal? FaultOfCount(int partitions, int replicationFactor) =>
        (long)partitions * (AssignmentBytesMin + (2L * Math.Max(replicationFactor, 1))) > ZnodeBytesMax
            ? new(ErrorCode.PolicyViolation, "Excessively large number of partitions per request.")
            : null;

    private static BrokerRack[] BrokersOf(MetadataImage image)
    {
        var brokers = new BrokerRack[image.Brokers.Length];
        for (var index = 0; index < brokers.Length; index++)
        {
            brokers[index] = new(image.Brokers[index].Id, image.Brokers[index].Rack);
        }

        return brokers;
    }

    private static AdminRefusal? FaultOfAssignment(SortedDictionary<int, ReplicaAssignment> partitions)
    {
        var factors = partitions.Values.Select(assignment => assignment.Replicas.Count).Distinct().ToArray();
        return partitions.Count == 0 || factors.Any(factor => factor == 0)
            ? new(ErrorCode.InvalidReplicaAssignment, "Cannot have replication factor of 0.")
            : factors.Length != 1
            ? new(ErrorCode.InvalidReplicaAssignment, "All partitions should have the same number of replicas")
            : partitions.Values.Any(assignment => assignment.Replicas.Distinct().Count() != assignment.Replicas.Count)
            ? new(ErrorCode.InvalidReplicaAssignment, $"Duplicate replica assignment found: {Describe(partitions)}")
            : partitions.Keys.Last() != partitions.Count - 1 || partitions.Keys.First() != 0
            ? new(ErrorCode.InvalidReplicaAssignment, "partitions should be a consecutive 0-based integer sequence")
            : null;
    }

    private static string Describe(IEnumerable<KeyValuePair<int, ReplicaAssignment>> partitions) =>
        string.Join(", ", partitions.Select(entry => $"{entry.Key} -> [{string.Join(", ", entry.Value.Replicas)}]"));

    private static AdminRefusal? FaultOfAdded(
        CreatePartitionsRequest.CreatePartitionsAssignment[] assignments,
        int increment,
        int existing,
        int replicationFactor,
        MetadataImage image)
    {
        int[] unknown = [.. assignments.SelectMany(assignment => assignment.BrokerIds).Where(id => !image.IsAlive(id)).Distinct()];
        if (unknown.Length > 0)
        {
            return new(ErrorCode.InvalidReplicaAssignment, $"Unknown broker(s) in replica assignment: {string.Join(", ", unknown)}.");
        }

        if (assignments.Length != increment)
        {
            return new(
                ErrorCode.InvalidReplicaAssignment,
                $"Increasing the number of partitions by {increment} but {assignments.Length} assignments provided.");
        }

        for (var index = 0; index < assignments.Length; index++)
        {
            var replicas = assignments[index].BrokerIds;
            var fault =
                replicas.Length == 0 ? $"Cannot have replication factor of 0 for partition id {existing + index}."
                : replicas.Distinct().Count() != replicas.Length
                    ? $"Duplicate brokers not allowed in replica assignment: {string.Join(", ", replicas)} "
                        + $"for partition id {existing + index}."
                : replicas.Length != replicationFactor
                    ? $"Inconsistent replication factor between partitions, partition 0 has {replicationFactor} while partitions "
                        + $"[{existing + index}] have replication factors [{replicas.Length}], respectively."
                : null;
            if (fault is not null)
            {
                return new(ErrorCode.InvalidReplicaAssignment, fault);
            }
        }

        return null;
    }

    private (SortedDictionary<int, ReplicaAssignment>? Partitions, AdminRefusal? Refusal) AssignmentOf(
        CreateTopicsRequest.CreatableTopic topic, MetadataImage image, LeadershipLoad load)
    {
        if (topic.Assignments.Length > 0)
        {
            var chosen = new SortedDictionary<int, ReplicaAssignment>();
            foreach (var assignment in topic.Assignments)
            {
                chosen[assignment.PartitionIndex] = new(assignment.BrokerIds);
            }

            return (chosen, null);
        }

        var brokers = BrokersOf(image);
        var partitions = topic.NumPartitions == Unset ? defaults.Partitions : topic.NumPartitions;
        var factor = topic.ReplicationFactor == Unset ? defaults.ReplicationFactor : topic.ReplicationFactor;
        return (FaultOfCount(partitions, factor) ?? ReplicaPlacement.Fault(brokers, partitions, factor)) is { } refusal
            ? (null, refusal)
            : (ReplicaPlacement.Place(brokers, partitions, factor, random, load), null);
    }

    private async Task<AdminRefusal?> FaultOfTopicAsync(
        string name, SortedDictionary<int, ReplicaAssignment> partitions, IReadOnlyDictionary<string, string> config)
    {
        if (TopicName.Fault(name) is { } badName)
        {
            return new(ErrorCode.InvalidTopicException, badName);
        }

        if (await store.Topics.IsMarkedForDeletionAsync(name))
        {
            return new(ErrorCode.TopicAlreadyExists, $"Topic '{name}' is marked for deletion.");
        }

        if (await store.Topics.ExistsAsync(name))
        {
            return AlreadyExists(name);
        }

        if (TopicName.HasCollisionChars(name))
        {
            string[] alike = [.. (await store.Topics.GetAllAsync()).Where(other => TopicName.Collides(name, other))];
            if (alike.Length > 0)
            {
                return new(ErrorCode.InvalidTopicException, $"Topic '{name}' collides with existing topics: {string.Join(", ", alike)}");
            }
        }

        return FaultOfAssignment(partitions)
            ?? (validator.Fault(config) is { } badConfig ? new(ErrorCode.InvalidConfig, badConfig) : null);
    }

    /// <summary>Config first: a reader that sees the topic must find it there.</summary>
    private async Task<bool> StoreAsync(TopicCreation topic, IReadOnlyDictionary<string, string> config)
    {
        var canonical = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (key, value) in config)
        {
            canonical[key] = validator.Canonical(key, value);
        }

        await store.Configs.SetOrCreateAsync(ConfigEntityZnode.Topics, topic.Name, canonical);
        return await store.Topics.CreateAsync(topic.Name, new(topic.TopicId, topic.Partitions));
    }

    private (TopicAssignment? Grown, AdminRefusal? Refusal) Grown(
        CreatePartitionsRequest.CreatePartitionsTopic request, TopicAssignment topic, MetadataImage image)
    {
        if (topic.Partitions.Count == 0)
        {
            return (null, DoesNotExist(request.Name));
        }

        if (!topic.Partitions.TryGetValue(0, out var firstPartition) || firstPartition.Replicas.Count == 0)
        {
            return (null, new(
                ErrorCode.UnknownServerError,
                $"Unexpected existing replica assignment for topic '{request.Name}', partition id 0 is missing. "
                    + $"Assignment: {Describe(topic.Partitions)}"));
        }

        if (topic.Partitions.Values.Any(assignment => assignment.IsBeingReassigned))
        {
            return (null, new(
                ErrorCode.ReassignmentInProgress, $"A partition reassignment is in progress for the topic '{request.Name}'."));
        }

        var (added, refusal) = AddedPartitions(request, topic, image);
        if (added is null)
        {
            return (null, refusal);
        }

        var partitions = new SortedDictionary<int, ReplicaAssignment>(topic.Partitions.ToDictionary());
        foreach (var (partition, assignment) in added)
        {
            partitions[partition] = assignment;
        }

        return (topic with { Partitions = partitions }, null);
    }

    private (SortedDictionary<int, ReplicaAssignment>? Added, AdminRefusal? Refusal) AddedPartitions(
        CreatePartitionsRequest.CreatePartitionsTopic request, TopicAssignment topic, MetadataImage image)
    {
        var existing = topic.Partitions.Count;
        if (request.Count <= existing)
        {
            return (null, new(
                ErrorCode.InvalidPartitions,
                request.Count == existing
                    ? $"Topic already has {existing} partitions."
                    : $"Topic currently has {existing} partitions, which is higher than the requested {request.Count}."));
        }

        var increment = request.Count - existing;
        var first = topic.Partitions[0].Replicas;
        if (request.Assignments is { } chosen)
        {
            return FaultOfAdded(chosen, increment, existing, first.Count, image) is { } refusal
                ? (null, refusal)
                : (
                    new(chosen.Index().ToDictionary(entry => existing + entry.Index, entry => new ReplicaAssignment(entry.Item.BrokerIds))),
                    null);
        }

        var brokers = BrokersOf(image);
        if ((FaultOfCount(request.Count, first.Count) ?? ReplicaPlacement.Fault(brokers, increment, first.Count)) is { } impossible)
        {
            return (null, impossible);
        }

        var start = Math.Max(0, Array.FindIndex(brokers, broker => broker.Id >= first[0]));
        return (ReplicaPlacement.Place(brokers, increment, first.Count, random, fixedStart: start, firstPartition: existing), null);
    }
}
