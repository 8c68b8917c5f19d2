using System.Text.RegularExpressions;
using ClassicBroker.Client;
using ClassicBroker.Metadata;
using ClassicBroker.Metadata.Admin;
using ClassicBroker.Metadata.Images;
using ClassicBroker.Metadata.Znodes;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Tools.Facts;

namespace ClassicBroker.Tools.Topics;

/// <summary>Topics by way of ZooKeeper alone, with the output of Kafka 2.2 to 2.8: what it writes, the controller carries out.</summary>
internal sealed class ZooKeeperTopicService : ITopicService
{
    /// <summary>Leaves topic ids to the controller, as the tools that knew <c>--zookeeper</c> did.</summary>
    public const MetadataVersion LastWithoutTopicIds = MetadataVersion.IBP_2_7_IV2;

    private readonly ZooKeeperStore _zooKeeper;
    private readonly MetadataStore _store;
    private readonly TopicConfigNames _validator = new();
    private readonly AdminOperations _operations;
    private readonly TextWriter _output;
    private readonly FactDocument? _facts;

    public ZooKeeperTopicService(ZooKeeperStore zooKeeper, IRandomSource random, TextWriter output, FactDocument? facts)
    {
        _zooKeeper = zooKeeper;
        _store = zooKeeper.Metadata;
        _output = output;
        _facts = facts;
        _operations = new AdminOperations(_store, random, LastWithoutTopicIds, new TopicDefaults(1, 1), _validator);
    }

    public async Task ListAsync(Regex? filter, bool excludeInternal)
    {
        var doomed = (await _store.Topics.GetDeletionsAsync()).ToHashSet(StringComparer.Ordinal);
        foreach (var name in await NamesAsync(filter, excludeInternal))
        {
            if (_facts is not null)
            {
                TopicFacts.AddListed(_facts, name, doomed.Contains(name));
                continue;
            }

            _output.WriteLine(doomed.Contains(name) ? $"{name} - marked for deletion" : name);
        }
    }

    public async Task CreateAsync(TopicRequest request)
    {
        TopicRules.WarnOfCollisions(request.Topic!, _output);
        var topic = new CreateTopicsRequest.CreatableTopic
        {
            Name = request.Topic!,
            NumPartitions = request.Assignment is null ? request.Partitions!.Value : -1,
            ReplicationFactor = request.Assignment is null ? (short)request.ReplicationFactor!.Value : (short)-1,
            Assignments = (request.Assignment ?? [])
                .Select((brokers, partition) => new CreateTopicsRequest.CreatableReplicaAssignment
                {
                    PartitionIndex = partition,
                    BrokerIds = brokers.ToArray(),
                })
                .ToArray(),
            Configs = request.Configs
                .Select(config => new CreateTopicsRequest.CreatableTopicConfig { Name = config.Key, Value = config.Value })
                .ToArray(),
        };
        var image = await ImageAsync(request.IsRackAware);
        var (_, refusal) = await _operations.CreateTopicAsync(topic, image, new(image), validateOnly: false);
        if (refusal is { Error: ErrorCode.TopicAlreadyExists } && request.IfNotExists)
        {
            return;
        }

        Require(refusal);
        _output.WriteLine($"Created topic {request.Topic}.");
        TopicFacts.AddChanged(_facts, request.Topic!, "created");
    }

    public async Task AlterAsync(Regex filter, TopicRequest request)
    {
        foreach (var name in await RequiredAsync(filter, request))
        {
            if (request.Configs.Count > 0 || request.DeletedConfigs.Count > 0)
            {
                await AlterConfigsAsync(name, request);
            }

            if (request.Partitions is { } count)
            {
                await AddPartitionsAsync(name, count, request);
            }

            TopicFacts.AddChanged(_facts, name, "altered");
        }
    }

    public async Task DescribeAsync(Regex? filter, DescribeFilter report, TopicRequest request)
    {
        var names = request.Topic is null ? await NamesAsync(filter, request.ExcludeInternal) : await RequiredAsync(filter!, request);
        var doomed = (await _store.Topics.GetDeletionsAsync()).ToHashSet(StringComparer.Ordinal);
        var live = (await _store.Brokers.GetIdsAsync()).ToHashSet();
        var printer = new TopicPrinter(_output, _facts, report, isZooKeeperForm: true);
        foreach (var (name, assignment) in await _store.Topics.GetAsync(names))
        {
            printer.Print(await RowAsync(name, assignment, doomed.Contains(name), live));
        }
    }

    public async Task DeleteAsync(Regex filter, TopicRequest request)
    {
        foreach (var name in await RequiredAsync(filter, request))
        {
            if (TopicName.IsInternal(name))
            {
                throw new ToolException($"Topic {name} is a kafka internal topic and is not allowed to be marked for deletion.");
            }

            if (!await _store.Topics.MarkForDeletionAsync(name))
            {
                _output.WriteLine($"Topic {name} is already marked for deletion.");
                continue;
            }

            TopicFacts.AddChanged(_facts, name, "marked for deletion");
            _output.WriteLine($"Topic {name} is marked for deletion.");
            _output.WriteLine("Note: This will have no impact if delete.topic.enable is not set to true.");
        }
    }

    public ValueTask DisposeAsync() => _zooKeeper.DisposeAsync();

    private static void Require(AdminRefusal? refusal)
    {
        if (refusal is not null)
        {
            throw new KafkaException(refusal.Error, refusal.Message);
        }
    }

    private async Task<IReadOnlyList<string>> NamesAsync(Regex? filter, bool excludeInternal) =>
        (await _store.Topics.GetAllAsync())
            .Where(name => filter?.IsMatch(name) != false && !(excludeInternal && TopicName.IsInternal(name)))
            .ToArray();

    private async Task<IReadOnlyList<string>> RequiredAsync(Regex filter, TopicRequest request)
    {
        var names = await NamesAsync(filter, request.ExcludeInternal);
        return names.Count > 0 || request.IfExists
            ? names
            : throw new ToolException($"Topic '{request.Topic}' does not exist as expected");
    }

    private async Task AlterConfigsAsync(string topic, TopicRequest request)
    {
        _output.WriteLine(
            "WARNING: Altering topic configuration from this script has been deprecated and may be removed in future releases.");
        _output.WriteLine("         Going forward, please use kafka-configs.sh for this functionality");
        var configs = await _store.Configs.GetAsync(ConfigEntityZnode.Topics, topic);
        foreach (var (key, value) in request.Configs)
        {
            configs[key] = value;
        }

        foreach (var key in request.DeletedConfigs)
        {
            configs.Remove(key);
        }

        if (_validator.Fault(configs) is { } fault)
        {
            throw new KafkaException(ErrorCode.InvalidConfig, fault);
        }

        await _store.Configs.ChangeAsync(ConfigEntityZnode.Topics, topic, configs);
        _output.WriteLine($"Updated config for topic {topic}.");
    }

    private async Task AddPartitionsAsync(string topic, int count, TopicRequest request)
    {
        if (TopicName.IsInternal(topic) && topic == "__consumer_offsets")
        {
            throw new ToolException("The number of partitions for the offsets topic cannot be changed.");
        }

        _output.WriteLine(
            "WARNING: If partitions are increased for a topic that has a key, the partition logic or ordering of the messages will be affected");
        var existing = (await _store.Topics.GetAsync(topic))?.Partitions.Count ?? 0;
        var change = new CreatePartitionsRequest.CreatePartitionsTopic
        {
            Name = topic,
            Count = count,
            Assignments = request.Assignment?
                .Skip(existing)
                .Select(brokers => new CreatePartitionsRequest.CreatePartitionsAssignment { BrokerIds = brokers.ToArray() })
                .ToArray(),
        };
        Require(await _operations.CreatePartitionsAsync(change, await ImageAsync(request.IsRackAware), validateOnly: false));
        _output.WriteLine("Adding partitions succeeded!");
    }

    private async Task<TopicRow> RowAsync(string topic, TopicAssignment assignment, bool isDoomed, IReadOnlySet<int> live)
    {
        var partitions = assignment.Partitions.Keys.Order().Select(partition => new TopicPartition(topic, partition)).ToArray();
        var states = await _store.PartitionStates.GetAsync(partitions);
        var configs = await _store.Configs.GetAsync(ConfigEntityZnode.Topics, topic);
        return new TopicRow(topic, assignment.TopicId, partitions.Select(partition => Describe(partition.Partition)).ToArray())
        {
            Configs = configs.ToArray(),
            IsMarkedForDeletion = isDoomed,
            LiveBrokers = live,
            MinInsyncReplicas = TopicRules.MinInsyncReplicas(configs.GetValueOrDefault("min.insync.replicas")),
        };

        PartitionDescription Describe(int partition)
        {
            var state = states.GetValueOrDefault(new TopicPartition(topic, partition))?.LeaderAndIsr;
            return new PartitionDescription
            {
                Partition = partition,
                Leader = state?.Leader ?? LeaderAndIsr.NoLeader,
                LeaderEpoch = state?.LeaderEpoch ?? LeaderAndIsr.NoEpoch,
                Replicas = assignment.Partitions[partition].Replicas,
                Isr = state?.Isr ?? [],
            };
        }
    }

    /// <summary>The live brokers, as the placement of replicas looks at them.</summary>
    private async Task<MetadataImage> ImageAsync(bool isRackAware)
    {
        var brokers = await _store.Brokers.GetAllAsync();
        var request = new UpdateMetadataRequest
        {
            LiveBrokers = brokers
                .Select(broker => new UpdateMetadataRequest.UpdateMetadataBroker
                {
                    Id = broker.Id,
                    Rack = isRackAware ? broker.Registration.Rack : null,
                })
                .ToArray(),
        };
        return MetadataImage.Empty.Apply(request, out _);
    }
}
