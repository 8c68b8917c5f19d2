using System.Diagnostics;
using ClassicBroker.Client;
using ClassicBroker.Primitives;
using ClassicBroker.Testing.Security;

namespace ClassicBroker.Cluster.Tests.Compaction;

/// <summary>
/// Reads the log from its start to its end again and again and holds it against the oracle: offsets and the numbers of each key only rise,
/// and a pass ends with a value of every key that is at least the last one acknowledged before it began.
/// </summary>
internal sealed class CompactionReader : IAsyncDisposable
{
    private readonly TopicPartition _partition;
    private readonly CompactionOracle _oracle;
    private readonly KafkaConsumer<int, string?> _consumer;
    private volatile bool _isStopped;

    public CompactionReader(string bootstrap, ClientCredentials credentials, string topic, CompactionOracle oracle, ClientNetwork network)
    {
        _partition = new(topic, 0);
        _oracle = oracle;
        _consumer = new(new ConsumerConfig { BootstrapServers = bootstrap }.As(credentials), Serdes.Int32, Serdes.String, network);
        _consumer.Assign([_partition]);
    }

    public void Stop() => _isStopped = true;

    /// <summary>Returns how many passes came to their end.</summary>
    public async Task<int> RunUntilStoppedAsync()
    {
        var passes = 0;
        for (; !_isStopped; passes++)
        {
            await PassAsync();
        }

        return passes;
    }

    /// <summary>Ends when the log holds no more than the last value of each key, and the tombstone that closed the last segment.</summary>
    public async Task ReadUntilReducedAsync(TimeSpan limit)
    {
        var since = Stopwatch.StartNew();
        while (true)
        {
            var (records, numbers) = await PassAsync();
            Assert.Equal(_oracle.LastAcked(), numbers);
            var expected = numbers.Count(number => number >= 0);
            if (records == expected)
            {
                return;
            }

            Assert.True(since.Elapsed < limit, $"{records} records are left where {expected} would be enough");
            await Task.Delay(500);
        }
    }

    public ValueTask DisposeAsync() => _consumer.DisposeAsync();

    private async Task<(int Records, int[] Numbers)> PassAsync()
    {
        var acked = _oracle.LastAcked();
        var end = (await _consumer.EndOffsetsAsync([_partition]))[_partition];
        var numbers = new int[_oracle.Keys];
        Array.Fill(numbers, -1);
        var (count, last) = (0, -1L);
        _consumer.Seek(_partition, 0);
        while (await _consumer.PositionAsync(_partition) < end || await GoesOnAsync())
        {
            foreach (var record in await _consumer.PollAsync(TimeSpan.FromSeconds(1)))
            {
                Assert.True(record.Offset > last, $"offset {record.Offset} comes behind {last}");
                last = record.Offset;
                if (record.Value is null)
                {
                    continue;
                }

                count++;
                var number = _oracle.Require(record.Offset, record.Key, record.Value);
                Assert.True(number > numbers[record.Key], $"{number} of key {record.Key} comes behind {numbers[record.Key]}");
                numbers[record.Key] = number;
            }
        }

        for (var key = 0; key < numbers.Length; key++)
        {
            Assert.True(numbers[key] >= acked[key], $"of key {key} {acked[key]} was acknowledged and {numbers[key]} is the last");
        }

        return (count, numbers);

        // A value that a pass did not come to before it was cleaned away gave way to a later one, which may lie behind the end of before.
        async Task<bool> GoesOnAsync()
        {
            var before = end;
            if (numbers.Zip(acked).Any(pair => pair.First < pair.Second))
            {
                end = (await _consumer.EndOffsetsAsync([_partition]))[_partition];
            }

            return end > before;
        }
    }
}
