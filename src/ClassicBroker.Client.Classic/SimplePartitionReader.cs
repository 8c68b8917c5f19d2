using System.Runtime.CompilerServices;
using ClassicBroker.Client.Cluster;
using ClassicBroker.Primitives;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Client.Classic;

/// <summary>
/// Reads one partition with <see cref="SimpleConsumer"/>s, as the SimpleConsumer example of Kafka 0.8 teaches: finds the leader by seeds,
/// fetches by offset, and finds the new leader when the old one is gone. Where to begin, and what to do with an offset that is out of
/// range, is the application's business. Used by one caller at a time.
/// </summary>
public sealed class SimplePartitionReader : IAsyncDisposable
{
    private static readonly TimeSpan LeaderPause = TimeSpan.FromSeconds(1);

    private readonly TopicPartition _partition;
    private readonly TimeSpan _soTimeout;
    private readonly int _bufferSize;
    private readonly string _clientId;
    private readonly ClientNetwork _network;
    private readonly bool _ownsNetwork;
    private readonly ILoggerFactory? _loggers;
    private readonly List<BrokerAddress> _seeds;
    private SimpleConsumer? _leader;

    /// <summary>Makes a reader. Nothing is sent before the first call.</summary>
    /// <param name="seeds"><c>host:port</c> of brokers to ask for the leader, separated by commas.</param>
    /// <param name="partition">What to read.</param>
    /// <param name="clientId">Names this client in brokers' logs and quotas.</param>
    /// <param name="soTimeout">How long an answer may take; null for 30 seconds.</param>
    /// <param name="bufferSize">SO_RCVBUF in bytes.</param>
    /// <param name="network">A network shared with other clients; null makes one for this reader alone.</param>
    /// <param name="loggers">Where the reader logs.</param>
    /// <exception cref="KafkaConfigException">A seed is no address.</exception>
    public SimplePartitionReader(
        string seeds,
        TopicPartition partition,
        string clientId,
        TimeSpan? soTimeout = null,
        int bufferSize = 65536,
        ClientNetwork? network = null,
        ILoggerFactory? loggers = null)
    {
        _seeds = [.. BootstrapAddresses.Parse(seeds)];
        _partition = partition;
        _clientId = clientId;
        _soTimeout = soTimeout ?? TimeSpan.FromSeconds(30);
        _bufferSize = bufferSize;
        _loggers = loggers;
        _ownsNetwork = network is null;
        _network = network ?? ClientNetwork.Open(loggers);
    }

    /// <summary>How often the leader is looked for, at pauses of a second, before a call fails.</summary>
    public int LeaderAttempts { get; init; } = 10;

    /// <summary>The leader the last call ended with, <c>host:port</c>; null before the first.</summary>
    public string? Leader => _leader is { } leader ? new BrokerAddress(leader.Host, leader.Port).ToString() : null;

    /// <summary>The newest offset before a time; see <see cref="SimpleConsumer.GetOffsetsBeforeAsync"/>.</summary>
    /// <param name="time">Milliseconds since 1970, <see cref="SimpleConsumer.LatestTime"/> or <see
    /// cref="SimpleConsumer.EarliestTime"/>.</param>
    /// <param name="cancellation">Gives up waiting.</param>
    /// <returns>The offset; null where all messages are newer.</returns>
    /// <exception cref="KafkaException">There is no leader, or it refuses.</exception>
    /// <exception cref="OperationCanceledException">The cancellation came first.</exception>
    public Task<long?> OffsetBeforeAsync(long time, CancellationToken cancellation = default) =>
        WithLeaderAsync(
            async leader =>
            {
                var offsets = await leader.GetOffsetsBeforeAsync(_partition, time, 1, cancellation);
                return offsets.Count > 0 ? offsets[0] : (long?)null;
            },
            cancellation);

    /// <summary>Messages from an offset on; none where none came within <paramref name="maxWait"/>.</summary>
    /// <param name="offset">Of the first message wanted.</param>
    /// <param name="fetchSize">Most bytes to fetch.</param>
    /// <param name="maxWait">How long the broker waits for a message; null for 100 ms.</param>
    /// <param name="cancellation">Gives up waiting.</param>
    /// <exception cref="OffsetOutOfRangeException">The partition does not have the offset.</exception>
    /// <exception cref="KafkaException">There is no leader, or it refuses.</exception>
    /// <exception cref="OperationCanceledException">The cancellation came first.</exception>
    public Task<FetchedMessages> FetchAsync(
        long offset, int fetchSize = 1048576, TimeSpan? maxWait = null, CancellationToken cancellation = default) =>
        WithLeaderAsync(
            async leader =>
            {
                var fetched = await leader.FetchAsync(
                    _partition, offset, fetchSize, maxWait ?? TimeSpan.FromMilliseconds(100), 1, cancellation);
                return fetched.Error switch
                {
                    ErrorCode.None => fetched,
                    ErrorCode.OffsetOutOfRange => throw new OffsetOutOfRangeException(_partition, offset),
                    var error => throw new KafkaException(
                        error, $"Fetching {_partition}: {ErrorDescriptions.Describe(error)}", api: "Fetch"),
                };
            },
            cancellation);

    /// <summary>All messages from an offset on, one by one, through changes of the leader.</summary>
    /// <param name="offset">Of the first message wanted.</param>
    /// <param name="fetchSize">Most bytes of one fetch.</param>
    /// <param name="cancellation">The only way to end, but for leaving the loop; seen between any two messages.</param>
    /// <inheritdoc cref="FetchAsync" path="/exception"/>
    public async IAsyncEnumerable<ConsumerRecord<byte[]?, byte[]?>> ReadAsync(
        long offset, int fetchSize = 1048576, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        while (true)
        {
            var fetched = await FetchAsync(offset, fetchSize, cancellation: cancellation);
            foreach (var message in fetched.Messages)
            {
                cancellation.ThrowIfCancellationRequested();
                yield return message;
            }

            offset = fetched.NextOffset ?? offset;
        }
    }

    /// <summary>Closes the connections.</summary>
    public async ValueTask DisposeAsync()
    {
        await DropLeaderAsync();
        if (_ownsNetwork)
        {
            await _network.DisposeAsync();
        }
    }

    /// <summary>Has the leader do something; where it turns out not to lead any more, its successor.</summary>
    private async Task<T> WithLeaderAsync<T>(Func<SimpleConsumer, Task<T>> work, CancellationToken cancellation)
    {
        for (var attempt = 1; ; attempt++)
        {
            KafkaException last;
            try
            {
                return await work(_leader ??= await FindLeaderAsync(cancellation));
            }
            catch (KafkaException failure) when (failure.IsRetriable && failure is not OffsetOutOfRangeException)
            {
                last = failure;
            }

            await DropLeaderAsync();
            if (attempt >= LeaderAttempts)
            {
                throw new KafkaTimeoutException($"No leader of {_partition} answered in {attempt} attempts ({last.Message})", last);
            }

            await Task.Delay(LeaderPause, _network.Loop.Time, cancellation);
        }
    }

    private async Task<SimpleConsumer> FindLeaderAsync(CancellationToken cancellation)
    {
        KafkaException? last = null;
        foreach (var seed in _seeds.ToArray())
        {
            await using var asked = NewConsumer(seed.Host, seed.Port);
            try
            {
                var found = await asked.FindLeaderAsync(_partition, cancellation);
                if (found.Error == ErrorCode.None)
                {
                    // The replicas are where the next leader will be found, should the seeds be gone by then.
                    var replicas = found.Replicas.Select(replica => new BrokerAddress(replica.Host, replica.Port));
                    _seeds.AddRange(replicas.Except(_seeds).ToArray());
                    return NewConsumer(found.LeaderHost, found.LeaderPort);
                }

                last = new KafkaException(found.Error, $"{_partition}: {ErrorDescriptions.Describe(found.Error)}", api: "Metadata");
            }
            catch (KafkaException failure) when (failure.IsRetriable)
            {
                last = failure;
            }
        }

        throw last!;
    }

    private SimpleConsumer NewConsumer(string host, int port) =>
        new(host, port, _soTimeout, _bufferSize, _clientId, _network, _loggers);

    private async Task DropLeaderAsync()
    {
        if (_leader is { } leader)
        {
            _leader = null;
            await leader.DisposeAsync();
        }
    }
}
