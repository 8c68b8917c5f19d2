using ClassicBroker.Client.Classic;

namespace ClassicBroker.Client.Tests.Classic;

/// <summary>The keys of Kafka 0.8.2's consumer and producer, their defaults, and what they refuse.</summary>
public sealed class ClassicConfigTests
{
    private static readonly string[] ConsumerKeys =
    [
        "group.id", "zookeeper.connect", "zookeeper.session.timeout.ms", "zookeeper.connection.timeout.ms", "zookeeper.sync.time.ms",
        "consumer.id", "client.id", "socket.timeout.ms", "socket.receive.buffer.bytes", "fetch.message.max.bytes", "num.consumer.fetchers",
        "auto.commit.enable", "auto.commit.interval.ms", "queued.max.message.chunks", "rebalance.max.retries", "rebalance.backoff.ms",
        "fetch.min.bytes", "fetch.wait.max.ms", "refresh.leader.backoff.ms", "auto.offset.reset", "consumer.timeout.ms",
        "exclude.internal.topics", "partition.assignment.strategy", "offsets.storage", "dual.commit.enabled", "offsets.channel.backoff.ms",
        "offsets.channel.socket.timeout.ms", "offsets.commit.max.retries",
    ];

    private static readonly string[] ProducerKeys =
    [
        "metadata.broker.list", "producer.type", "request.required.acks", "request.timeout.ms", "send.buffer.bytes", "client.id",
        "compression.codec", "compressed.topics", "partitioner.class", "message.send.max.retries", "retry.backoff.ms",
        "topic.metadata.refresh.interval.ms", "queue.buffering.max.ms", "queue.buffering.max.messages", "queue.enqueue.timeout.ms",
        "batch.num.messages",
    ];

    public static TheoryData<string> EveryConsumerKey() => Data(ConsumerKeys);

    public static TheoryData<string> EveryProducerKey() => Data(ProducerKeys);

    private static TheoryData<string> Data(string[] keys)
    {
        var data = new TheoryData<string>();
        foreach (var key in keys)
        {
            data.Add(key);
        }

        return data;
    }

    private static ZooKeeperConsumerConfig Consumer(params (string Key, string Value)[] properties) =>
        ZooKeeperConsumerConfig.FromProperties(With(properties, ("group.id", "g"), ("zookeeper.connect", "zk:2181/chroot")));

    private static ClassicProducerConfig Producer(params (string Key, string Value)[] properties) =>
        ClassicProducerConfig.FromProperties(With(properties, ("metadata.broker.list", "b:9092")));

    private static Dictionary<string, string> With((string Key, string Value)[] properties, params (string Key, string Value)[] needed) =>
        needed.Concat(properties).GroupBy(property => property.Key).ToDictionary(group => group.Key, group => group.Last().Value);

    [Theory]
    [MemberData(nameof(EveryConsumerKey))]
    public void Every_key_of_the_consumer_is_read(string key)
    {
        // Text that is no number, no choice and no legal name: what reads the key refuses it; a list of hosts takes it.
        if (key is "zookeeper.connect")
        {
            Assert.Equal("?", Consumer((key, "?")).ZooKeeperConnect);
            return;
        }

        Assert.Contains(key, Assert.Throws<KafkaConfigException>(() => Consumer((key, "?"))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(EveryProducerKey))]
    public void Every_key_of_the_producer_is_read(string key)
    {
        switch (key)
        {
            case "metadata.broker.list":
                Assert.Equal("?", Producer((key, "?")).MetadataBrokerList);
                break;
            case "compressed.topics":
                Assert.Equal(["a", "b"], Producer((key, "a, b")).CompressedTopics);
                break;
            default:
                Assert.Contains(key, Assert.Throws<KafkaConfigException>(() => Producer((key, "?"))).Message, StringComparison.Ordinal);
                break;
        }
    }

    [Fact]
    public void Defaults_are_those_of_Kafka_0_8()
    {
        var consumer = Consumer();
        Assert.Equal(
            new ZooKeeperConsumerConfig { GroupId = "g", ZooKeeperConnect = "zk:2181/chroot" }.ToString(), consumer.ToString());
        Assert.Equal(6000, consumer.SessionTimeout.TotalMilliseconds);
        Assert.Equal(2000, consumer.RebalancePause.TotalMilliseconds);
        Assert.Equal(60_000, consumer.AutoCommitInterval.TotalMilliseconds);
        Assert.Equal((AutoOffsetReset.Latest, 2, 4, 1048576, 100), (
            consumer.AutoOffsetReset,
            consumer.QueuedMaxMessageChunks,
            consumer.RebalanceMaxRetries,
            consumer.FetchMessageMaxBytes,
            (int)consumer.FetchWaitMax.TotalMilliseconds));
        Assert.Equal((true, false), (consumer.CommitsToZooKeeper, consumer.CommitsToKafka));
        Assert.Null(consumer.ConsumerTimeout);

        var producer = Producer();
        Assert.Equal((ProducerType.Sync, (short)0, 3, 100, 10_000), (
            producer.ProducerType,
            producer.RequestRequiredAcks,
            producer.MessageSendMaxRetries,
            (int)producer.RetryBackoff.TotalMilliseconds,
            (int)producer.RequestTimeout.TotalMilliseconds));
        Assert.Equal((5000, 10_000, 200), (
            (int)producer.QueueBufferingMax.TotalMilliseconds, producer.QueueBufferingMaxMessages, producer.BatchNumMessages));
        Assert.Null(producer.QueueEnqueueTimeout);
    }

    [Theory]
    [InlineData("zookeeper", null, true, false)]
    [InlineData("kafka", null, true, true)]
    [InlineData("kafka", "false", false, true)]
    [InlineData("zookeeper", "true", true, false)]
    public void Offsets_go_where_storage_and_dual_commit_say(string storage, string? dual, bool toZooKeeper, bool toKafka)
    {
        var config = dual is null
            ? Consumer(("offsets.storage", storage))
            : Consumer(("offsets.storage", storage), ("dual.commit.enabled", dual));
        Assert.Equal((toZooKeeper, toKafka), (config.CommitsToZooKeeper, config.CommitsToKafka));
    }

    [Fact]
    public void Times_follow_one_another_where_they_are_not_set()
    {
        var config = Consumer(("zookeeper.session.timeout.ms", "400"), ("zookeeper.sync.time.ms", "200"), ("consumer.timeout.ms", "-1"));
        Assert.Equal((400, 200), ((int)config.SessionTimeout.TotalMilliseconds, (int)config.RebalancePause.TotalMilliseconds));
        Assert.Null(config.ConsumerTimeout);
        Assert.Equal(50, Consumer(("rebalance.backoff.ms", "50")).RebalancePause.TotalMilliseconds);
    }

    [Theory]
    [InlineData("group.id", "", "group.id")]
    [InlineData("group.id", "a/b", "contains a character other than ASCII alphanumerics")]
    [InlineData("zookeeper.connect", "", "it is required")]
    [InlineData("zookeeper.connect", "host:port", "Invalid server")]
    [InlineData("auto.offset.reset", "latest", "smallest, largest")]
    [InlineData("socket.timeout.ms", "50", "socket.timeout.ms should always be at least fetch.wait.max.ms")]
    [InlineData("partition.assignment.strategy", "sticky", "range, roundrobin")]
    public void What_the_consumer_cannot_use_is_refused_in_words(string key, string value, string words) =>
        Assert.Contains(words, Assert.Throws<KafkaConfigException>(() => Consumer((key, value))).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("metadata.broker.list", "", "it is required")]
    [InlineData("batch.num.messages", "20000", "Batch size = 20000 can't be larger than queue size = 10000")]
    [InlineData("request.required.acks", "-2", "at least -1")]
    [InlineData("compression.codec", "zstd", "gzip")]
    [InlineData("partitioner.class", "my.Partitioner", "kafka.producer.DefaultPartitioner")]
    public void What_the_producer_cannot_use_is_refused_in_words(string key, string value, string words) =>
        Assert.Contains(words, Assert.Throws<KafkaConfigException>(() => Producer((key, value))).Message, StringComparison.Ordinal);

    [Fact]
    public void Keys_without_effect_and_misspelt_ones_are_told_apart()
    {
        var config = Producer(("serializer.class", "kafka.serializer.StringEncoder"), ("typo", "x"));
        Assert.Equal(["serializer.class"], config.InertKeys);
        Assert.Equal(["typo"], config.UnusedKeys);
        Assert.Equal(["mirror.topics.whitelist"], Consumer(("mirror.topics.whitelist", "x")).InertKeys);
    }

    [Theory]
    [InlineData("a, b", "a", true)]
    [InlineData("a, b", "b", true)]
    [InlineData("a, b", "ab", false)]
    [InlineData("\"order.*\"", "orders", true)]
    [InlineData("order", "orders", false)]
    public void A_filter_fits_the_whole_name(string expression, string topic, bool fits)
    {
        Assert.Equal(fits, TopicFilter.Whitelist(expression).Allows(topic, excludesInternalTopics: true));
        Assert.Equal(!fits, TopicFilter.Blacklist(expression).Allows(topic, excludesInternalTopics: true));
    }

    [Fact]
    public void A_filter_that_is_no_expression_is_refused() =>
        Assert.StartsWith("( is an invalid regex.", Assert.Throws<ArgumentException>(() => TopicFilter.Whitelist("(")).Message);

    [Fact]
    public void Internal_topics_are_left_out_where_that_is_asked_for()
    {
        var all = TopicFilter.Whitelist(".*");
        Assert.False(all.Allows("__consumer_offsets", excludesInternalTopics: true));
        Assert.True(all.Allows("__consumer_offsets", excludesInternalTopics: false));
    }
}
