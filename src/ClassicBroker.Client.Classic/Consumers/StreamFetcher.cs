using ClassicBroker.Platform;
using ClassicBroker.Primitives;

namespace ClassicBroker.Client.Classic.Consumers;

/// <summary>
/// Fetches some of the member's partitions, over one connection to each of their leaders, and hands what comes to their streams. Partitions
/// of a full stream are paused, so that the others go on. Threading: the client's loop.
/// </summary>
internal sealed class StreamFetcher : IAsyncDisposable
{
    private readonly KafkaConsumer<byte[]?, byte[]?> _consumer;
    private readonly IEventLoop _loop;
    private readonly TimeSpan _retryPause;
    private readonly bool _beginsAtEnd;
    private readonly SortedDictionary<TopicPartition, PartitionClaim> _claims = [];
    private readonly BackgroundWork _lookups;
    private CancellationTokenSource _stop = new();
    private Task _pump = Task.CompletedTask;

    public StreamFetcher(KafkaConsumer<byte[]?, byte[]?> consumer, IEventLoop loop, TimeSpan retryPause, bool beginsAtEnd)
    {
        _consumer = consumer;
        _loop = loop;
        _retryPause = retryPause;
        _beginsAtEnd = beginsAtEnd;
        _lookups = new BackgroundWork("stream-first-position", loop);
    }

    public void Start(IReadOnlyList<PartitionClaim> claims)
    {
        _stop = new CancellationTokenSource();
        _consumer.Assign(claims.Select(claim => claim.Partition));
        foreach (var claim in claims)
        {
            _claims.Add(claim.Partition, claim);
            if (claim.Consumed != PartitionClaim.Unknown)
            {
                _consumer.Seek(claim.Partition, claim.Consumed);
            }
            else if (_beginsAtEnd)
            {
                _consumer.SeekToEnd(claim.Partition);
            }
            else
            {
                _consumer.SeekToBeginning(claim.Partition);
            }
        }

        var stop = _stop.Token;
        _pump = claims.Count > 0 ? PumpAsync(stop) : Task.CompletedTask;
        foreach (var claim in claims.Where(claim => claim.Consumed == PartitionClaim.Unknown))
        {
            _lookups.Run(() => BeginAsync(claim, stop));
        }
    }

    /// <summary>Gives all partitions up. Once it has ended nothing more is handed to the streams.</summary>
    public async Task StopAsync()
    {
        _stop.Cancel();
        await _pump;
        _claims.Clear();
        _consumer.Assign([]);
    }

    /// <summary>The stream has room again.</summary>
    public void Resume(StreamQueue stream)
    {
        if (!stream.IsFull)
        {
            _consumer.Resume(PartitionsOf(stream));
        }
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await _consumer.DisposeAsync();
        _stop.Dispose();
    }

    private async Task PumpAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                Hand(await _consumer.PollAsync(TimeSpan.MaxValue, stop));
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (KafkaException failure)
            {
                Tell(failure);
                await _loop.DelayAsync(_retryPause);
            }
        }
    }

    private void Hand(IReadOnlyList<ConsumerRecord<byte[]?, byte[]?>> records)
    {
        for (var start = 0; start < records.Count;)
        {
            var partition = records[start].TopicPartition;
            var end = start + 1;
            while (end < records.Count && records[end].TopicPartition == partition)
            {
                end++;
            }

            var claim = _claims[partition];
            claim.Arrived(records[start].Offset);
            claim.Stream.Add(new StreamChunk(claim, [.. records.Skip(start).Take(end - start)]));
            start = end;
            if (claim.Stream.IsFull)
            {
                // A reader that makes room posts to this loop, so that its Resume comes after this.
                _consumer.Pause(PartitionsOf(claim.Stream));
            }
        }
    }

    /// <summary>The stream of the partition fails, or all where the failure names none.</summary>
    private void Tell(KafkaException failure)
    {
        if (failure.TopicPartition is { } partition && _claims.TryGetValue(partition, out var claim))
        {
            claim.Stream.Fail(failure);
            return;
        }

        foreach (var stream in _claims.Values.Select(each => each.Stream).Distinct())
        {
            stream.Fail(failure);
        }
    }

    /// <summary>
    /// Learns where a partition without an offset begins, so that this is committed though no message may come for long: the next owner
    /// begins there too.
    /// </summary>
    private async Task BeginAsync(PartitionClaim claim, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested && claim.Consumed == PartitionClaim.Unknown)
        {
            try
            {
                claim.Begun(await _consumer.PositionAsync(claim.Partition, stop));
            }
            catch (KafkaTimeoutException)
            {
                // Its leader is away; the pump tells what is to be told.
            }
            catch (Exception gone) when (gone is OperationCanceledException or InvalidOperationException)
            {
                return;
            }
        }
    }

    private TopicPartition[] PartitionsOf(StreamQueue stream) =>
        [.. _claims.Values.Where(claim => claim.Stream == stream).Select(claim => claim.Partition)];
}
