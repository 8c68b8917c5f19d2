using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Simulation.Clusters;

namespace ClassicBroker.Simulation.Runs;

/// <summary>
/// Asks a cluster that is whole for every type of operation clients have, each until it comes to the right outcome, and no longer than it
/// may take (L3). Members of groups, and transactions, are asked for by the loads of their own. Threading: the run's thread.
/// </summary>
internal sealed class ServedOperations(SimulatedCluster cluster, IReadOnlyList<TopicPartition> partitions, int minIsr)
{
    private const string NewTopic = "after";
    private const string NewGroup = "after";
    private const sbyte TopicResource = 2;
    private const int TimeoutMs = 30_000;
    private const long Earliest = -2;

    private static readonly TopicPartition New = new(NewTopic, 0);
    private static readonly TopicPartition NewSecond = new(NewTopic, 1);

    private readonly SortedDictionary<int, SimulatedClient> _clients = [];

    private string Topic => partitions[0].Topic;

    private int ControllerId => cluster.Running.First(broker => broker.Server.IsController).Id;

    private SimulatedClient Controller => Client(ControllerId);

    /// <summary>All of them: what any broker can answer is asked of each, until that broker answers right.</summary>
    private IEnumerable<int> Brokers => cluster.Brokers.Select(broker => broker.Id);

    /// <summary>Writes to the topic there is, and asks for its offsets, metadata and configs; what it holds is fetched elsewhere.</summary>
    public void CheckTopic()
    {
        foreach (var partition in partitions)
        {
            // A leader that is deposed while it waits for others has appended: each attempt has a value of its own.
            var attempts = 0;
            Serve(
                $"Produce to {partition}",
                () => Leader(partition).Produce(partition, acks: -1, $"last:{partition.Partition}:{attempts++}"),
                answer => answer.ErrorCode == ErrorCode.None ? "acknowledged" : $"{answer.ErrorCode}",
                () => "acknowledged");
            CheckOffsets(partition);
        }

        foreach (var broker in Brokers)
        {
            CheckMetadata(broker);
            CheckConfig(broker, Topic, "min.insync.replicas", $"{minIsr}");
        }

        CheckLogDirs();
        CheckProducerIds();
        CheckGroup();
    }

    /// <summary>The life of a new topic.</summary>
    public void CheckNewTopic()
    {
        // What it is given is of an old date.
        Controller.CreateTopic(NewTopic, 1, WholeCluster.ReplicasOfEach, ("retention.ms", "-1"));
        Serve("CreateTopics", () => cluster.HasLiveLeader(New), () => true);
        Serve("CreatePartitions", AddPartition, () => ErrorCode.None);
        Serve("CreatePartitions", () => cluster.HasLiveLeader(NewSecond), () => true);
        foreach (var broker in Brokers)
        {
            CheckSettingConfig(broker, "max.message.bytes", $"{123_456 + broker}");
        }

        Serve("Produce", () => Leader(New).Produce(New, acks: -1, "a", "b").ErrorCode, () => ErrorCode.None);
        Serve("DeleteRecords", () => DeleteRecords(1), () => (ErrorCode.None, 1));
        Serve("ListOffsets", () => Offset(New, Earliest), () => (ErrorCode.None, 1));
        Serve("ElectLeaders", ElectPreferred, () => ErrorCode.ElectionNotNeeded);
        Serve("AlterPartitionReassignments", CancelMove, () => ErrorCode.NoReassignmentInProgress);
        Serve("ListPartitionReassignments", Moves, () => (ErrorCode.None, 0));
        Controller.Ask<DeleteTopicsRequest, DeleteTopicsResponse>(new() { TopicNames = [NewTopic], TimeoutMs = TimeoutMs }, 5);
        Serve("DeleteTopics", WhatIsLeft, () => "nothing");
        foreach (var broker in Brokers)
        {
            Serve($"Metadata of broker {broker}", () => Described(broker, NewTopic).ErrorCode, () => ErrorCode.UnknownTopicOrPartition);
        }
    }

    private SimulatedClient Client(int broker) =>
        _clients.TryGetValue(broker, out var client) ? client : _clients[broker] = cluster.Connect(broker);

    private SimulatedClient Leader(TopicPartition partition) => Client(cluster.LeaderOf(partition));

    private void CheckOffsets(TopicPartition partition)
    {
        Storage.PartitionLog Log() => cluster.Broker(cluster.LeaderOf(partition)).LogOf(partition)!;
        Serve("ListOffsets", () => Offset(partition, SimulatedClients.LatestTimestamp), () => (ErrorCode.None, Log().HighWatermark));
        Serve("ListOffsets", () => Offset(partition, Earliest), () => (ErrorCode.None, Log().LogStartOffset));
        Serve("OffsetForLeaderEpoch", () => EpochEnd(partition), () => (ErrorCode.None, Log().LogEndOffset));
    }

    private void CheckMetadata(int broker)
    {
        Serve(
            $"Metadata of broker {broker}",
            () => string.Join("; ", Described(broker, Topic).Partitions.OrderBy(partition => partition.PartitionIndex).Select(partition =>
                $"{partition.LeaderId} in {partition.LeaderEpoch} of {List(partition.ReplicaNodes)}, {List(partition.IsrNodes.Order())}")),
            () => string.Join("; ", partitions.Select(partition => cluster.State(partition) is var state
                ? $"{state.Leader} in {state.LeaderEpoch} of {List(Replicas(partition))}, {List(state.Isr.Order())}" : "")));
        Serve(
            $"DescribeCluster of broker {broker}",
            () => Client(broker).Ask<DescribeClusterRequest, DescribeClusterResponse>(new(), 0) is var answer
                ? $"{answer.ControllerId} of {List(answer.Brokers.Select(other => other.BrokerId).Order())}" : "",
            () => $"{ControllerId} of {List(Brokers)}");
    }

    private void CheckLogDirs()
    {
        var broker = Replicas(partitions[0])[0];
        Serve(
            "DescribeLogDirs",
            () => string.Join("; ", Client(broker)
                .Ask<DescribeLogDirsRequest, DescribeLogDirsResponse>(
                    new() { Topics = [new() { Topic = Topic, Partitions = [.. partitions.Select(partition => partition.Partition)] }] }, 4)
                .Results.SelectMany(directory => directory.Topics).SelectMany(topic => topic.Partitions)
                .OrderBy(partition => partition.PartitionIndex)
                .Select(partition => $"{partition.PartitionIndex}: {partition.PartitionSize}")),
            () => string.Join("; ", partitions.Where(partition => cluster.Broker(broker).LogOf(partition) is not null)
                .Select(partition => $"{partition.Partition}: {cluster.Broker(broker).LogOf(partition)!.SizeInBytes}")));
    }

    private void CheckConfig(int broker, string topic, string name, string value) => Serve(
        $"DescribeConfigs of broker {broker}",
        () => Client(broker).Ask<DescribeConfigsRequest, DescribeConfigsResponse>(
            new() { Resources = [new() { ResourceType = TopicResource, ResourceName = topic, ConfigurationKeys = [name] }] })
            .Results[0].Configs.FirstOrDefault()?.Value ?? "unknown",
        () => value);

    /// <summary>One broker sets it; each tells what it is now.</summary>
    private void CheckSettingConfig(int setter, string name, string value)
    {
        Serve(
            $"IncrementalAlterConfigs of broker {setter}",
            () => Client(setter).Ask<IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse>(new()
            {
                Resources =
                [
                    new() { ResourceType = TopicResource, ResourceName = NewTopic, Configs = [new() { Name = name, Value = value }] },
                ],
            }).Responses[0].ErrorCode,
            () => ErrorCode.None);
        foreach (var broker in Brokers)
        {
            CheckConfig(broker, NewTopic, name, value);
        }
    }

    /// <summary>No broker gives an id that was given before: a second attempt must not make up for that.</summary>
    private void CheckProducerIds()
    {
        var given = new HashSet<long>();
        foreach (var broker in Brokers)
        {
            Serve(
                $"InitProducerId of broker {broker}",
                () => Client(broker).Ask<InitProducerIdRequest, InitProducerIdResponse>(
                    new() { TransactionalId = null, TransactionTimeoutMs = TimeoutMs }, 4),
                answer => answer.ErrorCode == ErrorCode.None && !given.Add(answer.ProducerId)
                    ? throw new InvariantBrokenException("L3", $"broker {broker} gives producer id {answer.ProducerId} again")
                    : answer.ErrorCode,
                () => ErrorCode.None);
        }
    }

    /// <summary>A group without members, known by its commits.</summary>
    private void CheckGroup()
    {
        const long Offset = 42;
        foreach (var broker in Brokers)
        {
            Serve(
                $"FindCoordinator of broker {broker}",
                () =>
                {
                    var answer = Client(broker).Ask<FindCoordinatorRequest, FindCoordinatorResponse>(new() { Key = NewGroup }, 3);
                    return answer.ErrorCode == ErrorCode.None ? $"{answer.NodeId}" : $"{answer.ErrorCode}";
                },
                () => $"{cluster.LeaderOf(OffsetsPartition)}");
        }

        Serve("OffsetCommit", () => Commit(Coordinator, Offset), () => ErrorCode.None);
        Serve("OffsetFetch", () => Committed(Coordinator), () => (ErrorCode.None, Offset));
        Serve("ListGroups", () => IsListed(Coordinator), () => true);
        Serve("DescribeGroups", () => State(Coordinator), () => "Empty");
        Serve("DeleteGroups", () => DeleteGroup(Coordinator), () => ErrorCode.None);
        Serve("ListGroups", () => IsListed(Coordinator), () => false);
    }

    /// <summary>Found again for each request: leaders may still be moved to preferred replicas.</summary>
    private SimulatedClient Coordinator => Client(cluster.LeaderOf(OffsetsPartition));

    /// <summary>The one that has the group's offsets, by the hash code that Java has for its name.</summary>
    private TopicPartition OffsetsPartition
    {
        get
        {
            const string Offsets = "__consumer_offsets";
            var hash = NewGroup.Aggregate(0, (hash, letter) => unchecked((31 * hash) + letter));
            var isMade = cluster.ZooKeeper.Stat($"/brokers/topics/{Offsets}") is not null;
            return new(Offsets, isMade ? Math.Abs(hash) % cluster.Assignment(Offsets).Partitions.Count : 0);
        }
    }

    private ErrorCode Commit(SimulatedClient coordinator, long offset) =>
        coordinator.Ask<OffsetCommitRequest, OffsetCommitResponse>(
            new()
            {
                GroupId = NewGroup,
                Topics =
                [
                    new() { Name = Topic, Partitions = [new() { PartitionIndex = 0, CommittedOffset = offset, CommittedMetadata = "" }] },
                ],
            },
            7).Topics[0].Partitions[0].ErrorCode;

    private (ErrorCode, long) Committed(SimulatedClient coordinator)
    {
        var answer = coordinator.Ask<OffsetFetchRequest, OffsetFetchResponse>(
            new() { GroupId = NewGroup, Topics = [new() { Name = Topic, PartitionIndexes = [0] }] }, 7);
        return (answer.ErrorCode, answer.ErrorCode == ErrorCode.None ? answer.Topics[0].Partitions[0].CommittedOffset : -1);
    }

    private static bool IsListed(SimulatedClient coordinator) =>
        coordinator.Ask<ListGroupsRequest, ListGroupsResponse>(new(), 3).Groups.Any(group => group.GroupId == NewGroup);

    private static string State(SimulatedClient coordinator) =>
        coordinator.Ask<DescribeGroupsRequest, DescribeGroupsResponse>(new() { Groups = [NewGroup] }, 5).Groups[0].GroupState;

    private static ErrorCode DeleteGroup(SimulatedClient coordinator) =>
        coordinator.Ask<DeleteGroupsRequest, DeleteGroupsResponse>(new() { GroupsNames = [NewGroup] }, 2).Results[0].ErrorCode;

    private (ErrorCode, long) Offset(TopicPartition partition, long timestamp)
    {
        var answer = Leader(partition).Ask<ListOffsetsRequest, ListOffsetsResponse>(
            new()
            {
                ReplicaId = -1,
                Topics =
                [
                    new() { Name = partition.Topic, Partitions = [new() { PartitionIndex = partition.Partition, Timestamp = timestamp }] },
                ],
            },
            5).Topics[0].Partitions[0];
        return (answer.ErrorCode, answer.Offset);
    }

    private (ErrorCode, long) EpochEnd(TopicPartition partition)
    {
        var answer = Leader(partition).Ask<OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponse>(
            new()
            {
                ReplicaId = -1,
                Topics =
                [
                    new()
                    {
                        Topic = partition.Topic,
                        Partitions = [new() { Partition = partition.Partition, LeaderEpoch = cluster.State(partition).LeaderEpoch }],
                    },
                ],
            },
            4).Topics[0].Partitions[0];
        return (answer.ErrorCode, answer.EndOffset);
    }

    private (ErrorCode, long) DeleteRecords(long before)
    {
        var request = new DeleteRecordsRequest
        {
            TimeoutMs = TimeoutMs,
            Topics = [new() { Name = NewTopic, Partitions = [new() { PartitionIndex = 0, Offset = before }] }],
        };
        var answer = Leader(New).Ask<DeleteRecordsRequest, DeleteRecordsResponse>(request, 1).Topics[0].Partitions[0];
        return (answer.ErrorCode, answer.LowWatermark);
    }

    /// <summary>What is asked for may be there from an attempt whose answer was a refusal.</summary>
    private ErrorCode AddPartition()
    {
        if (cluster.Assignment(NewTopic).Partitions.Count == 2)
        {
            return ErrorCode.None;
        }

        return Controller.Ask<CreatePartitionsRequest, CreatePartitionsResponse>(
            new() { TimeoutMs = TimeoutMs, Topics = [new() { Name = NewTopic, Count = 2, Assignments = null }] }, 2).Results[0].ErrorCode;
    }

    private ErrorCode ElectPreferred() =>
        Controller.Ask<ElectLeadersRequest, ElectLeadersResponse>(
            new() { TimeoutMs = TimeoutMs, TopicPartitions = [new() { Topic = NewTopic, Partitions = [0] }] }, 2)
            .ReplicaElectionResults[0].PartitionResult[0].ErrorCode;

    private ErrorCode CancelMove()
    {
        var request = new AlterPartitionReassignmentsRequest
        {
            TimeoutMs = TimeoutMs,
            Topics = [new() { Name = NewTopic, Partitions = [new() { PartitionIndex = 0, Replicas = null }] }],
        };
        return Controller.Ask<AlterPartitionReassignmentsRequest, AlterPartitionReassignmentsResponse>(request, 0)
            .Responses[0].Partitions[0].ErrorCode;
    }

    private (ErrorCode, int) Moves()
    {
        var request = new ListPartitionReassignmentsRequest { TimeoutMs = TimeoutMs, Topics = null };
        var answer = Controller.Ask<ListPartitionReassignmentsRequest, ListPartitionReassignmentsResponse>(request, 0);
        return (answer.ErrorCode, answer.Topics.Length);
    }

    private MetadataResponse.MetadataResponseTopic Described(int broker, string topic)
    {
        var request = new MetadataRequest { Topics = [new() { Name = topic }], AllowAutoTopicCreation = false };
        return Client(broker).Ask<MetadataRequest, MetadataResponse>(request, 9).Topics[0];
    }

    private IReadOnlyList<int> Replicas(TopicPartition partition) =>
        cluster.Assignment(partition.Topic).Partitions[partition.Partition].Replicas;

    /// <summary>Of the topic that is deleted: its znode, and logs that brokers keep.</summary>
    private string WhatIsLeft()
    {
        IEnumerable<string> logs = cluster.Brokers
            .SelectMany(broker => new[] { New, NewSecond }
                .Where(partition => broker.LogOf(partition) is not null)
                .Select(partition => $"the log of {partition} on broker {broker.Id}"));
        string[] left = cluster.ZooKeeper.Stat($"/brokers/topics/{NewTopic}") is null ? [.. logs] : ["the topic in ZooKeeper", .. logs];
        return left.Length == 0 ? "nothing" : string.Join(", ", left);
    }

    private static string List(IEnumerable<int> brokers) => string.Join(',', brokers);

    private void Serve<T>(string operation, Func<T> ask, Func<T> right) => Serve(operation, ask, answer => answer, right);

    /// <summary>Leaders and coordinators move when it suits the controller, and brokers hear of each other: clients ask again.</summary>
    private void Serve<TAnswer, T>(string operation, Func<TAnswer> ask, Func<TAnswer, T> outcomeOf, Func<T> right)
    {
        // By the clock, as the wait for an answer counts too.
        var began = cluster.Time.GetUtcNow();
        while (true)
        {
            var outcome = outcomeOf(ask());
            var passed = cluster.Time.GetUtcNow() - began;
            if (passed > WholeCluster.ServeTime)
            {
                throw new InvariantBrokenException(
                    "L3", $"{operation} comes to {outcome}, where {right()} is right, after {passed.TotalSeconds} s\n{cluster.Describe()}");
            }

            if (EqualityComparer<T>.Default.Equals(outcome, right()))
            {
                return;
            }

            cluster.Pass(WholeCluster.Look);
        }
    }
}
