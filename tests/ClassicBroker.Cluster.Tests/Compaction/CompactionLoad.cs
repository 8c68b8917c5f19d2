using ClassicBroker.Client;
using ClassicBroker.Testing.Security;

namespace ClassicBroker.Cluster.Tests.Compaction;

/// <summary>
/// Writes the oracle's records in their order, as far as it is allowed to, whatever happens to the broker, and tells the oracle what was
/// acknowledged. One test owns it.
/// </summary>
internal sealed class CompactionLoad : IAsyncDisposable, IDeliveryHandler
{
    /// <summary>How far apart times of records must be for the next to begin a segment.</summary>
    public const int SegmentMs = 10 * 60 * 1000;

    private readonly string _topic;
    private readonly CompactionOracle _oracle;
    private readonly KafkaProducer<int, string?> _producer;
    private readonly SemaphoreSlim _allowed = new(0);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly long _timestampMs = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
    private int _acked;

    public CompactionLoad(string bootstrap, ClientCredentials credentials, string topic, CompactionOracle oracle, ClientNetwork network)
    {
        _topic = topic;
        _oracle = oracle;
        var config = ProducerConfig.ForHighThroughput(bootstrap) with
        {
            Acks = Acks.All,
            EnableIdempotence = true,
            Compression = default,
            DeliveryTimeout = TimeSpan.FromMinutes(5),
            MaxBlock = TimeSpan.FromMinutes(5),
        };
        _producer = new(config.As(credentials), Serdes.Int32, Serdes.String, network);
    }

    /// <summary>Lets it write that many records more.</summary>
    public void Allow(int records) => _allowed.Release(records);

    /// <summary>Ends when every record is acknowledged; fails with the first that was not.</summary>
    public async Task RunAsync()
    {
        for (var number = 0; number < _oracle.Records && !_ended.Task.IsFaulted; number++)
        {
            await _allowed.WaitAsync();
            var record = new ProducerRecord<int, string?>(_topic, _oracle.KeyOf(number), CompactionOracle.ValueOf(number))
            {
                Partition = 0,
                TimestampMs = _timestampMs,
            };
            await _producer.SendAsync(record, this, number);
        }

        await _ended.Task;
    }

    /// <summary>Begins another segment with a tombstone of a key that no record has.</summary>
    public async Task CloseSegmentAsync() => await _producer.ProduceAsync(
        new ProducerRecord<int, string?>(_topic, -1, null) { Partition = 0, TimestampMs = _timestampMs + SegmentMs + 1 });

    void IDeliveryHandler.OnDelivered(long tag, in RecordMetadata metadata)
    {
        _oracle.Acknowledge((int)tag, metadata.Offset);
        if (Interlocked.Increment(ref _acked) == _oracle.Records)
        {
            _ended.TrySetResult();
        }
    }

    void IDeliveryHandler.OnFailed(long tag, KafkaException failure) => _ended.TrySetException(failure);

    public ValueTask DisposeAsync()
    {
        _allowed.Dispose();
        return _producer.DisposeAsync();
    }
}
