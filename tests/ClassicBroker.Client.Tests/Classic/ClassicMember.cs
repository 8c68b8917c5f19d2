using ClassicBroker.Client.Classic;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Testing.ZooKeeper;

namespace ClassicBroker.Client.Tests.Classic;

/// <summary>
/// A member of the group <c>g</c> on a <see cref="ClassicCluster"/>, which remembers what its streams gave and what its listener heard.
/// Threading: the test's thread.
/// </summary>
internal sealed class ClassicMember : IRebalanceListener
{
    private readonly ClassicCluster _cluster;

    public ClassicMember(ClassicCluster cluster, string id, params (string Key, string Value)[] properties)
    {
        _cluster = cluster;
        var config = ZooKeeperConsumerConfig.FromProperties(
            new Dictionary<string, string>
            {
                ["zookeeper.connect"] = "zookeeper:2181",
                ["group.id"] = "g",
                ["consumer.id"] = id,
                ["auto.offset.reset"] = "smallest",
                ["auto.commit.interval.ms"] = "1000",
            }
            .Concat(properties.Select(property => KeyValuePair.Create(property.Key, property.Value)))
            .GroupBy(property => property.Key).Select(property => property.Last()));
        Session = cluster.ZooKeeper.Connect(cluster.Brokers.Loop, 6000);
        Consumer = new ZooKeeperConsumer<string?, string?>(
            config, Serdes.String, Serdes.String, cluster.Brokers.Network, null, this, (_, _, _) => Session);
    }

    public ZooKeeperConsumer<string?, string?> Consumer { get; }

    public InMemoryZooKeeperSession Session { get; }

    public IReadOnlyList<KafkaStream<string?, string?>> Streams { get; private set; } = [];

    /// <summary>What the streams gave, each under its number.</summary>
    public List<(int Stream, string Value)> Read { get; } = [];

    public IEnumerable<string> Values => Read.Select(read => read.Value);

    /// <summary>What the listener heard: <c>+</c> for partitions that came, <c>-</c> for those that went, <c>!</c> for those lost.</summary>
    public List<string> Heard { get; } = [];

    public Func<ValueTask>? OnRevoked { get; set; }

    /// <summary>Why a loop over a stream ended.</summary>
    public Exception? Failure { get; private set; }

    public string Owned => string.Join(' ', Consumer.Owned);

    /// <summary>Joins with streams of one topic and reads them.</summary>
    public ClassicMember Start(string topic, int streams = 1, bool reads = true)
    {
        Join(async () => (await Consumer.CreateMessageStreamsAsync(new Dictionary<string, int> { [topic] = streams }))[topic], reads);
        return this;
    }

    /// <summary>Joins with streams of a filter and reads them.</summary>
    public ClassicMember Start(TopicFilter filter, int streams = 1)
    {
        Join(() => Consumer.CreateMessageStreamsByFilterAsync(filter, streams), reads: true);
        return this;
    }

    public void Advance(int milliseconds = 3000) => _cluster.Brokers.Time.AdvanceMs(milliseconds);

    public void Commit() => _cluster.Brokers.Loop.Run(() => Consumer.CommitOffsetsAsync());

    public void Close()
    {
        var closing = _cluster.Brokers.Loop.InvokeAsync(async () => await Consumer.DisposeAsync());
        Advance();
        _cluster.Brokers.Time.Await(closing);
    }

    /// <summary>The process ends without a word, and ZooKeeper notices.</summary>
    public void Kill()
    {
        Session.Crash();
        Session.Expire();
        Advance();
    }

    public void Begin(KafkaStream<string?, string?> stream, int number = 0, int count = int.MaxValue) =>
        _cluster.Brokers.Loop.Execute(() => _ = ReadAsync(stream, number, count));

    ValueTask IRebalanceListener.OnPartitionsAssignedAsync(IReadOnlyList<TopicPartition> partitions) => Hear('+', partitions);

    async ValueTask IRebalanceListener.OnPartitionsRevokedAsync(IReadOnlyList<TopicPartition> partitions)
    {
        await Hear('-', partitions);
        await (OnRevoked?.Invoke() ?? ValueTask.CompletedTask);
    }

    ValueTask IRebalanceListener.OnPartitionsLostAsync(IReadOnlyList<TopicPartition> partitions) => Hear('!', partitions);

    private void Join(Func<Task<IReadOnlyList<KafkaStream<string?, string?>>>> join, bool reads)
    {
        var joining = _cluster.Brokers.Loop.InvokeAsync(join);
        Advance(20_000);
        Streams = _cluster.Brokers.Time.Await(joining);
        if (reads)
        {
            foreach (var (number, stream) in Streams.Index())
            {
                Begin(stream, number);
            }

            Advance();
        }
    }

    private async Task ReadAsync(KafkaStream<string?, string?> stream, int number, int count)
    {
        try
        {
            await foreach (var message in stream)
            {
                Read.Add((number, message.Value!));
                if (--count == 0)
                {
                    break;
                }
            }
        }
        catch (KafkaException failure)
        {
            Failure = failure;
        }
    }

    private ValueTask Hear(char what, IReadOnlyList<TopicPartition> partitions)
    {
        Heard.Add($"{what}{string.Join(',', partitions)}");
        return ValueTask.CompletedTask;
    }
}
