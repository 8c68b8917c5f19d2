using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Testing.Loops;

namespace ClassicBroker.Client.Tests.Groups;

/// <summary>Transactional producers and consumers of ours with a broker of ours.</summary>
public sealed class TransactionTests
{
    private readonly GroupBroker _broker = new();
    private readonly ClientNetwork _network;
    private readonly ManualEventLoop _loop;

    public TransactionTests()
    {
        _network = _broker.NewNetwork(out _loop);
        Run(async () =>
        {
            await using var admin = new AdminClient(new AdminConfig { BootstrapServers = GroupBroker.Bootstrap }, _network);
            foreach (var created in await admin.CreateTopicsAsync(
                [
                    new NewTopic("in") { Partitions = 2, ReplicationFactor = 1 },
                    new NewTopic("out") { Partitions = 1, ReplicationFactor = 1 },
                ]))
            {
                created.ThrowIfFailed();
            }
        });
    }

    private void Run(Func<Task> work) => _broker.Await(_loop.InvokeAsync(work));

    private KafkaProducer<string, string> NewProducer(string? transactionalId, int timeoutMs = 60_000) =>
        new(
            new ProducerConfig
            {
                BootstrapServers = GroupBroker.Bootstrap,
                TransactionalId = transactionalId,
                TransactionTimeout = TimeSpan.FromMilliseconds(timeoutMs),
            },
            Serdes.String,
            Serdes.String,
            _network);

    private async Task<List<string>> ReadAsync(string topic, IsolationLevel isolation)
    {
        await using var consumer = new KafkaConsumer<string?, string?>(
            new ConsumerConfig
            {
                BootstrapServers = GroupBroker.Bootstrap,
                AutoOffsetReset = AutoOffsetReset.Earliest,
                IsolationLevel = isolation,
            },
            Serdes.String,
            Serdes.String,
            _network);
        consumer.Assign([new TopicPartition(topic, 0)]);
        List<string> values = [];
        while (await consumer.PollAsync(TimeSpan.FromSeconds(2)) is { Count: > 0 } records)
        {
            values.AddRange(records.Select(record => record.Value!));
        }

        return values;
    }

    private static async Task SendAsync(KafkaProducer<string, string> producer, string value) =>
        await producer.SendAsync(new ProducerRecord<string, string>("out", "k", value));

    [Fact]
    public void Readers_of_committed_records_see_what_was_committed_and_nothing_else()
    {
        Run(async () =>
        {
            await using var producer = NewProducer("tx");
            await producer.InitTransactionsAsync();
            producer.BeginTransaction();
            await SendAsync(producer, "committed");
            await producer.CommitTransactionAsync();
            producer.BeginTransaction();
            await SendAsync(producer, "aborted");
            await producer.FlushAsync();
            await producer.AbortTransactionAsync();
            producer.BeginTransaction();
            await SendAsync(producer, "open");
            await producer.FlushAsync();
            Assert.Equal(["committed"], await ReadAsync("out", IsolationLevel.ReadCommitted));
            Assert.Equal(["committed", "aborted", "open"], await ReadAsync("out", IsolationLevel.ReadUncommitted));
            await producer.CommitTransactionAsync();
            Assert.Equal(["committed", "open"], await ReadAsync("out", IsolationLevel.ReadCommitted));
        });
    }

    [Fact]
    public void A_second_producer_of_the_id_aborts_the_transaction_of_the_first_and_fences_it()
    {
        Run(async () =>
        {
            await using var first = NewProducer("tx");
            await first.InitTransactionsAsync();
            first.BeginTransaction();
            await SendAsync(first, "zombie's");
            await first.FlushAsync();
            await using var second = NewProducer("tx");
            await second.InitTransactionsAsync();
            second.BeginTransaction();
            await SendAsync(second, "successor's");
            await second.CommitTransactionAsync();
            await Assert.ThrowsAsync<ProducerFencedException>(() => first.CommitTransactionAsync());
            Assert.Equal(["successor's"], await ReadAsync("out", IsolationLevel.ReadCommitted));
        });
    }

    [Fact]
    public void A_producer_whose_transaction_took_too_long_finds_it_aborted_and_itself_fenced()
    {
        Run(async () =>
        {
            await using var producer = NewProducer("tx", timeoutMs: 3000);
            await producer.InitTransactionsAsync();
            producer.BeginTransaction();
            await SendAsync(producer, "late");
            await producer.FlushAsync();
            await _loop.DelayAsync(20_000);
            await using var other = NewProducer(null);
            await SendAsync(other, "visible");
            await other.FlushAsync();
            Assert.Equal(["visible"], await ReadAsync("out", IsolationLevel.ReadCommitted));
            await Assert.ThrowsAsync<ProducerFencedException>(() => producer.CommitTransactionAsync());
        });
    }

    [Fact]
    public void Offsets_are_committed_with_the_transaction_or_not_at_all()
    {
        var member = new GroupConsumer(_broker, ("enable.auto.commit", "false")).Start("in");
        _broker.Time.AdvanceMs(10_000);
        var partition = new TopicPartition("in", 0);
        Run(async () =>
        {
            await using var producer = NewProducer("tx");
            await producer.InitTransactionsAsync();
            foreach (var (offset, isCommit) in new[] { (1, true), (2, false) })
            {
                producer.BeginTransaction();
                await SendAsync(producer, $"{offset}");
                await producer.SendOffsetsToTransactionAsync(
                    new Dictionary<TopicPartition, OffsetAndMetadata> { [partition] = new(offset) }, member.Consumer.GroupMetadata());
                await (isCommit ? producer.CommitTransactionAsync() : producer.AbortTransactionAsync());
                Assert.Equal(1, (await member.Consumer.CommittedAsync([partition]))[partition].Offset);
            }

            Assert.Equal(["1"], await ReadAsync("out", IsolationLevel.ReadCommitted));
        });
        member.Close();
    }

    [Fact]
    public void A_member_of_an_older_generation_cannot_commit_offsets_in_a_transaction()
    {
        var member = new GroupConsumer(_broker, ("enable.auto.commit", "false")).Start("in");
        _broker.Time.AdvanceMs(10_000);
        var stale = member.Consumer.GroupMetadata();
        var second = new GroupConsumer(_broker, ("enable.auto.commit", "false")).Start("in");
        _broker.Time.AdvanceMs(20_000);
        Assert.NotEqual(stale, member.Consumer.GroupMetadata());
        Run(async () =>
        {
            await using var producer = NewProducer("tx");
            await producer.InitTransactionsAsync();
            producer.BeginTransaction();
            await SendAsync(producer, "stale");
            var offsets = new Dictionary<TopicPartition, OffsetAndMetadata> { [new("in", 0)] = new(1) };
            var refused = await Assert.ThrowsAsync<TransactionAbortableException>(
                () => producer.SendOffsetsToTransactionAsync(offsets, stale));
            Assert.Equal(ErrorCode.IllegalGeneration, Assert.IsType<CommitFailedException>(refused.InnerException).Code);
            await producer.AbortTransactionAsync();
            producer.BeginTransaction();
            await SendAsync(producer, "current");
            await producer.SendOffsetsToTransactionAsync(offsets, member.Consumer.GroupMetadata());
            await producer.CommitTransactionAsync();
            Assert.Equal(["current"], await ReadAsync("out", IsolationLevel.ReadCommitted));
        });
        second.Close();
        member.Close();
    }
}
