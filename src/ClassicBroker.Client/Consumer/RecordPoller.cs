using System.Runtime.InteropServices;

namespace ClassicBroker.Client.Consumer;

/// <summary>
/// Takes records out of the buffer for the application and moves its positions along. What was decoded and not taken waits for the next
/// poll, unless the position jumps meanwhile. Threading: one poll at a time.
/// </summary>
internal sealed class RecordPoller<TKey, TValue>(
    Assignment assignment, FetchBuffer buffer, RecordDecoder<TKey, TValue> decoder, Action wakeFetcher) : IDisposable
{
    private readonly List<ConsumerRecord<TKey, TValue>> _decoded = [];
    private int _taken;
    private CompletedFetch? _fetch;
    private bool _hasMoreBatches;
    private (KafkaException Failure, AssignedPartition Partition, int Generation)? _pending;

    /// <summary>
    /// Takes records that are in the buffer until <paramref name="records"/>, which is empty, has <paramref name="max"/>; fewer, or none,
    /// where there are no more.
    /// </summary>
    /// <exception cref="KafkaException">A fetch failed, or a batch or record cannot be decoded.</exception>
    public void Take(List<ConsumerRecord<TKey, TValue>> records, int max)
    {
        ThrowPending();
        while (records.Count < max && _pending is null)
        {
            if (_fetch is null && !Next(records.Count > 0))
            {
                break;
            }

            if (!IsWanted(_fetch!))
            {
                Finish();
                continue;
            }

            if (_fetch!.IsHeld)
            {
                PutBack();
                continue;
            }

            if (_taken == _decoded.Count && !DecodeNext(records.Count > 0))
            {
                continue;
            }

            Hand(records, max);
        }
    }

    public void Dispose() => Finish();

    /// <summary>Goes on to the next fetch. A failure that lies behind records already taken is left for the next poll.</summary>
    private bool Next(bool hasRecords)
    {
        try
        {
            _fetch = buffer.Take();
        }
        catch (KafkaException failure) when (hasRecords)
        {
            buffer.Fail(failure);
        }

        if (_fetch is null)
        {
            return false;
        }

        decoder.Start(_fetch);
        _hasMoreBatches = true;
        return true;
    }

    /// <summary>Throws what went wrong behind the records of the last poll, unless the position has been moved since.</summary>
    private void ThrowPending()
    {
        if (_pending is var (failure, partition, generation))
        {
            _pending = null;
            if (partition.Generation == generation)
            {
                throw failure;
            }
        }
    }

    private bool IsWanted(CompletedFetch fetch)
    {
        lock (assignment.Gate)
        {
            return fetch.Generation == fetch.Partition.Generation
                && assignment.TryGet(fetch.Partition.Partition, out var state)
                && ReferenceEquals(state, fetch.Partition);
        }
    }

    /// <summary>Decodes the next batch; false where that gave no record, or the fetch has come to its end.</summary>
    private bool DecodeNext(bool hasRecords)
    {
        _decoded.Clear();
        _taken = 0;
        try
        {
            _hasMoreBatches = decoder.DecodeBatch(_decoded);
        }
        catch (KafkaException failure)
        {
            _decoded.Clear();
            var partition = _fetch!.Partition;
            Finish();
            Rewind(partition);
            if (!hasRecords)
            {
                throw;
            }

            _pending = (failure, partition, partition.Generation);
            return false;
        }

        if (_decoded.Count > 0)
        {
            return true;
        }

        if (_hasMoreBatches)
        {
            Advance(decoder.NextOffset);
        }
        else
        {
            Finish();
        }

        return false;
    }

    private void Hand(List<ConsumerRecord<TKey, TValue>> records, int max)
    {
        var count = Math.Min(max - records.Count, _decoded.Count - _taken);
        records.AddRange(CollectionsMarshal.AsSpan(_decoded).Slice(_taken, count));
        _taken += count;
        Advance(_taken == _decoded.Count ? decoder.NextOffset : _decoded[_taken].Offset);
    }

    private void Advance(long next)
    {
        lock (assignment.Gate)
        {
            if (_fetch!.Generation == _fetch.Partition.Generation)
            {
                _fetch.Partition.Consumed(next, decoder.LeaderEpoch);
            }
        }
    }

    /// <summary>The partition was paused: the rest of its fetch waits in the buffer.</summary>
    private void PutBack()
    {
        var fetch = _fetch!;
        _fetch = null;
        _decoded.Clear();
        _taken = 0;
        long from;
        lock (assignment.Gate)
        {
            from = fetch.Partition.Position ?? fetch.FetchOffset;
        }

        buffer.PutBack(fetch.From(from));
    }

    private void Finish()
    {
        if (_fetch is not { } fetch)
        {
            return;
        }

        _fetch = null;
        _decoded.Clear();
        _taken = 0;
        lock (assignment.Gate)
        {
            if (fetch.Generation == fetch.Partition.Generation)
            {
                fetch.Partition.Buffered--;
            }
        }

        fetch.Dispose();
        wakeFetcher();
    }

    /// <summary>After a record that cannot be read: fetch again from where the application stands.</summary>
    private void Rewind(AssignedPartition partition)
    {
        lock (assignment.Gate)
        {
            if (partition.Position is { } position)
            {
                partition.Seek(position, partition.LastEpoch);
            }
        }
    }
}
