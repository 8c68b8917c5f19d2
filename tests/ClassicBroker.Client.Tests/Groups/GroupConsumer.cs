using System.Text.RegularExpressions;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Testing.Loops;

namespace ClassicBroker.Client.Tests.Groups;

/// <summary>
/// A consumer of the group <c>g</c> that remembers what it read and what the group gave and took. Threading: the test's thread.
/// </summary>
internal sealed class GroupConsumer : IRebalanceListener
{
    private readonly GroupBroker _broker;
    private readonly ManualEventLoop _loop;
    private Task? _polling;

    public GroupConsumer(GroupBroker broker, params (string Key, string Value)[] properties)
        : this(broker, config => config, properties)
    {
    }

    public GroupConsumer(
        GroupBroker broker, Func<ConsumerConfig, ConsumerConfig> change, params (string Key, string Value)[] properties)
    {
        _broker = broker;
        var network = broker.NewNetwork(out _loop);
        var config = ConsumerConfig.FromProperties(
            new Dictionary<string, string>
            {
                ["bootstrap.servers"] = GroupBroker.Bootstrap,
                ["group.id"] = "g",
                ["auto.offset.reset"] = "earliest",
                ["session.timeout.ms"] = "10000",
            }
            .Concat(properties.Select(property => KeyValuePair.Create(property.Key, property.Value)))
            .GroupBy(property => property.Key).Select(property => property.Last()));
        Consumer = new KafkaConsumer<string?, string?>(change(config), Serdes.String, Serdes.String, network);
    }

    public KafkaConsumer<string?, string?> Consumer { get; }

    public List<string> Events { get; } = [];

    public List<string> Read { get; } = [];

    public IEnumerable<int> Partitions => Consumer.Assigned.Select(partition => partition.Partition);

    public bool Stops { get; set; }

    public Func<ValueTask>? OnRevoked { get; set; }

    /// <summary>Polls on and on until it is told to stop.</summary>
    public GroupConsumer Start(params string[] topics)
    {
        Consumer.Subscribe(topics, this);
        return Poll();
    }

    private GroupConsumer Poll()
    {
        _polling = Run(async () =>
        {
            while (!Stops)
            {
                Read.AddRange((await Consumer.PollAsync(TimeSpan.FromMilliseconds(200))).Select(record => record.Value!));
            }

            return true;
        });
        return this;
    }

    /// <summary>As <see cref="Start(string[])"/>, with the topics of a pattern.</summary>
    public GroupConsumer Start(Regex pattern)
    {
        Consumer.Subscribe(pattern, this);
        return Poll();
    }

    public void Stop()
    {
        Stops = true;
        _broker.Await(_polling!);
    }

    /// <summary>One poll, of which the application then works on what it got.</summary>
    public void PollOnce(int milliseconds) => _broker.Await(Run(async () =>
    {
        Read.AddRange((await Consumer.PollAsync(TimeSpan.FromMilliseconds(milliseconds))).Select(record => record.Value!));
        return true;
    }));

    public void Unsubscribe() => _broker.Await(Run(async () =>
    {
        await Consumer.UnsubscribeAsync();
        return true;
    }));

    public void Close()
    {
        if (_polling is not null)
        {
            Stop();
        }

        _broker.Await(Run(async () =>
        {
            await Consumer.DisposeAsync();
            return true;
        }));
    }

    public Task<T> Run<T>(Func<Task<T>> work) => _loop.InvokeAsync(work);

    public ValueTask OnPartitionsAssignedAsync(IReadOnlyList<TopicPartition> partitions) => Note("+", partitions);

    public async ValueTask OnPartitionsRevokedAsync(IReadOnlyList<TopicPartition> partitions)
    {
        await Note("-", partitions);
        if (OnRevoked is not null)
        {
            await OnRevoked();
        }
    }

    public ValueTask OnPartitionsLostAsync(IReadOnlyList<TopicPartition> partitions) => Note("!", partitions);

    private ValueTask Note(string sign, IReadOnlyList<TopicPartition> partitions)
    {
        Events.Add(sign + string.Join(',', partitions.Select(partition => partition.Partition).Order()));
        return ValueTask.CompletedTask;
    }
}
