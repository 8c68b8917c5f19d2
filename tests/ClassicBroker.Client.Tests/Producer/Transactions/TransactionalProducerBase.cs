using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;

namespace ClassicBroker.Client.Tests.Producer.Transactions;

/// <summary>A transactional producer, and a cluster whose coordinator answers as the test says. Threading: the test's thread.</summary>
public abstract class TransactionalProducerBase
{
    protected const int Patience = 60_000;

    private protected FakeCluster Cluster { get; } = new(brokers: 2);

    private protected FakeTransactionCoordinator Coordinator { get; }

    private protected FakeLog Log { get; }

    protected TransactionalProducerBase()
    {
        Coordinator = new FakeTransactionCoordinator(Cluster);
        Log = new FakeLog(Cluster);
        Cluster.AddTopic("t", 0, 1);
    }

    private protected static TopicPartition Partition(int partition) => new("t", partition);

    private protected static Dictionary<TopicPartition, OffsetAndMetadata> Offsets => new() { [new("in", 3)] = new OffsetAndMetadata(7) };

    private protected static ConsumerGroupMetadata Member => new("g", 5, "m", "i");

    private protected IEnumerable<ProduceRequest> Produced => Cluster.Requests.Select(entry => entry.Request).OfType<ProduceRequest>();

    private protected KafkaProducer<string?, string?> NewProducer(Func<ProducerConfig, ProducerConfig>? change = null)
    {
        var config = new ProducerConfig { BootstrapServers = Cluster.Bootstrap, TransactionalId = "tx" };
        return new KafkaProducer<string?, string?>(change?.Invoke(config) ?? config, Serdes.String, Serdes.String, Cluster.Network);
    }

    private protected static ValueTask SendAsync(KafkaProducer<string?, string?> producer, string value, int partition = 0) =>
        producer.SendAsync(new ProducerRecord<string?, string?>("t", null, value) { Partition = partition });

    /// <summary>Runs on the client's loop while time passes, with a producer that is initialized.</summary>
    private protected void Run(Func<KafkaProducer<string?, string?>, Task> work, Func<ProducerConfig, ProducerConfig>? change = null)
    {
        var done = Cluster.Loop.InvokeAsyncOn(async () =>
        {
            await using var producer = NewProducer(change);
            await producer.InitTransactionsAsync();
            await work(producer);
            return true;
        });
        Cluster.Time.AdvanceMs(Patience);
        Cluster.Time.Await(done);
    }

    /// <summary>A transaction of one record, whose end is left to the caller.</summary>
    private protected static async Task BeginWithRecordAsync(KafkaProducer<string?, string?> producer, string value)
    {
        producer.BeginTransaction();
        await SendAsync(producer, value);
    }

    private protected static async Task CommitOneAsync(KafkaProducer<string?, string?> producer, string value)
    {
        await BeginWithRecordAsync(producer, value);
        await producer.CommitTransactionAsync();
    }
}
