namespace ClassicBroker.Client.Hosting;

/// <summary>
/// A hosted consumer's configuration, checked: what it reads, and where its failed records go. Immutable.
/// </summary>
internal sealed class ServicePlan
{
    private readonly KafkaConsumerServiceOptions _options;
    private readonly string[] _retrySuffixes;

    private ServicePlan(KafkaConsumerServiceOptions options, ConsumerConfig consumer, ProducerConfig producer)
    {
        (_options, Consumer, Producer) = (options, consumer, producer);
        _retrySuffixes = [.. options.RetryDelays.Select(delay => $"-retry-{ServiceKeys.Word(delay)}")];
    }

    /// <summary>The consumer of the topics themselves; those of retry topics differ in their group.</summary>
    public ConsumerConfig Consumer { get; }

    /// <summary>The producer of records that failed: the consumer's connections, every record acknowledged by all replicas.</summary>
    public ProducerConfig Producer { get; }

    public string Group => Consumer.GroupId!;

    public IReadOnlyList<string> Topics => [.. _options.Topics];

    public DeliveryGuarantee Delivery => _options.Delivery;

    public int Attempts => _options.Attempts;

    public TimeSpan DrainTimeout => _options.DrainTimeout;

    public bool CreatesTopics => _options.CreateTopics && RoutesFailures;

    /// <summary>False where a record that fails ends the service.</summary>
    public bool RoutesFailures => _options.DeadLetterTopic is not null;

    /// <summary>How often a record may wait for another try.</summary>
    public int Levels => _retrySuffixes.Length;

    /// <exception cref="KafkaConfigException">Something is missing or contradicts itself.</exception>
    public static ServicePlan Of(KafkaConsumerServiceOptions options)
    {
        ServiceKeys.Take(options);
        if (!options.Properties.TryGetValue("group.id", out var group) || string.IsNullOrWhiteSpace(group))
        {
            throw new KafkaConfigException("group.id is missing: a hosted consumer reads as a member of a group");
        }

        var consumer = ConsumerConfig.FromProperties(options.Properties);
        if (options.Topics.Count == 0)
        {
            throw new KafkaConfigException("service.topics is missing: a hosted consumer needs a topic to read");
        }

        if (options.RetryDelays.Count > 0 && options.DeadLetterTopic is null)
        {
            throw new KafkaConfigException(
                "service.retry.delays needs service.dead.letter.topic, where records go whose last retry has failed");
        }

        // The service commits what has been handled; a commit of its own would have the consumer commit what has been polled.
        return new(options, consumer with { EnableAutoCommit = false }, new ProducerConfig
        {
            BootstrapServers = consumer.BootstrapServers,
            ClientId = consumer.ClientId.Length > 0 ? $"{consumer.ClientId}-failed" : $"{consumer.GroupId}-failed",
            SecurityProtocol = consumer.SecurityProtocol,
            Tls = consumer.Tls,
            Sasl = consumer.Sasl,
        });
    }

    /// <summary>How long a record of a level waits.</summary>
    public TimeSpan DelayOf(int level) => _options.RetryDelays[level];

    /// <summary>The consumer of a level's retry topics, in a group of its own, so that a rebalance of one disturbs no other.</summary>
    public ConsumerConfig ConsumerOf(int level) => Consumer with
    {
        GroupId = Group + _retrySuffixes[level],
        GroupInstanceId = Consumer.GroupInstanceId is { } instance ? instance + _retrySuffixes[level] : null,
        AutoOffsetReset = AutoOffsetReset.Earliest,
    };

    /// <summary>The topics whose records wait at a level.</summary>
    public IReadOnlyList<string> TopicsOf(int level) => [.. _options.Topics.Select(topic => topic + _retrySuffixes[level])];

    /// <summary>Where a record goes that failed at a level, -1 for its first topic.</summary>
    public string NextTopic(string originalTopic, int level) => level + 1 < Levels
        ? originalTopic + _retrySuffixes[level + 1]
        : _options.DeadLetterTopic!.Replace("{topic}", originalTopic, StringComparison.Ordinal);

    /// <summary>The topic a record of a level first came from, by the name of the one it is in.</summary>
    public string OriginalTopic(string topic, int level) => level < 0 ? topic : topic[..^_retrySuffixes[level].Length];

    /// <summary>Every topic that failed records may go to, with one they come from.</summary>
    public IEnumerable<(string Topic, string Origin)> FailureTopics() => _options.Topics
        .SelectMany(origin => Enumerable.Range(-1, Levels + 1).Select(level => (Topic: NextTopic(origin, level), Origin: origin)))
        .DistinctBy(pair => pair.Topic);
}
