using System.Buffers;
using System.Threading.Tasks.Sources;
using ClassicBroker.Primitives;
using ClassicBroker.Records;

namespace ClassicBroker.Client.Producer;

/// <summary>
/// Records of one partition that travel together, and those who wait for them: the batch is the source of the <see cref="ValueTask"/>
/// of each of its records, whose number in the batch is the token. So that a record costs an allocation only where somebody waits.
/// A batch too large for its broker is split: its parts travel, and those who wait go on waiting at the whole.
/// Threading: appended to under its queue's lock until closed, then the sender's; waiters come from any thread.
/// </summary>
internal sealed class ProducerBatch : IValueTaskSource<RecordMetadata>
{
    /// <summary>Records a batch takes: as many as tokens have values.</summary>
    public const int MaxRecords = ushort.MaxValue;

    private const int InitialWaiters = 16;
    private const int InitialRecords = 64;

    private readonly Lock _gate = new();
    private readonly RecordBatchBuilder _builder;
    private (int Index, IDeliveryHandler Handler, long Tag)[] _handlers = [];
    private long[] _timestamps = [];
    private int _handlerCount;
    private int _count;
    private bool _hasAwaited;
    private ManualResetValueTaskSourceCore<bool>[] _waiters = [];
    private bool[] _isAwaited = [];
    private TaskCompletionSource? _done;
    private Outcome? _outcome;
    private Outcome?[]? _outcomes;
    private int _unfinished;

    public ProducerBatch(PartitionQueue queue, RecordBatchBuilder builder, int memory, long createdMs)
    {
        Queue = queue;
        Memory = memory;
        CreatedMs = createdMs;
        _builder = builder;
    }

    /// <summary>The batch this one was split off, and the number of its first record there; null for one that is whole.</summary>
    private (ProducerBatch Batch, int FirstIndex)? Whole { get; init; }

    public PartitionQueue Queue { get; }

    /// <summary>Bytes taken from <see cref="BufferMemory"/>.</summary>
    public int Memory { get; }

    /// <summary>When the first record came, on the monotonic clock.</summary>
    public long CreatedMs { get; }

    public int Count => _count;

    /// <summary>Bytes as they are now, before compression.</summary>
    public int SizeInBytes => _builder.PlainSizeInBytes;

    /// <summary>Times it was sent.</summary>
    public int Attempts { get; set; }

    /// <summary>When it may be sent again after a failure, on the monotonic clock.</summary>
    public long NotBeforeMs { get; set; }

    /// <summary>Number of its first record under the producer id it was last sent with; -1 while it has none.</summary>
    public int BaseSequence { get; private set; } = RecordFormat.NoSequence;

    public bool HasSequence => BaseSequence != RecordFormat.NoSequence;

    public int LastSequence => ProducerSequence.Add(BaseSequence, Count - 1);

    public long ProducerId { get; private set; } = RecordFormat.NoProducerId;

    public short ProducerEpoch { get; private set; } = RecordFormat.NoProducerEpoch;

    /// <summary>What goes on the wire. Set by <see cref="Build"/>; gone after <see cref="Release"/>.</summary>
    public Memory<byte> Bytes { get; private set; }

    public bool IsClosed { get; private set; }

    /// <summary>True while a request with it is under way: its bytes belong to the network.</summary>
    public bool IsInFlight { get; set; }

    public bool IsDone =>
        Volatile.Read(ref _outcome) is not null || (Volatile.Read(ref _outcomes) is not null && Volatile.Read(ref _unfinished) == 0);

    /// <summary>Appends a record unless the batch is closed, or has records and would grow past <paramref name="limit"/>.</summary>
    public bool TryAppend(
        NullableBytes key,
        NullableBytes value,
        ReadOnlySpan<RecordHeader> headers,
        long timestampMs,
        int limit,
        IDeliveryHandler? handler,
        long tag,
        out ushort index,
        bool isAwaited = true)
    {
        index = (ushort)Count;
        if (IsClosed || (Count > 0 && !HasRoom(RecordBatchBuilder.RecordSizeMax(key.Length, value.Length, headers), limit)))
        {
            return false;
        }

        _builder.Append(timestampMs, key, value, headers);
        Add(ref _timestamps, ref _count, timestampMs);
        if (handler is not null)
        {
            Add(ref _handlers, ref _handlerCount, (index, handler, tag));
        }

        _hasAwaited |= isAwaited;
        return true;
    }

    /// <summary>No record joins any more.</summary>
    public void Seal() => IsClosed = true;

    /// <summary>
    /// Gives the batch its place in the sequence of its partition (KIP-98). On a batch that was built already this changes it in place.
    /// </summary>
    public void SetProducer(long producerId, short producerEpoch, int baseSequence)
    {
        (ProducerId, ProducerEpoch, BaseSequence) = (producerId, producerEpoch, baseSequence);
        if (Bytes.Length > 0)
        {
            RecordBatchHeader.SetProducer(Bytes.Span, producerId, producerEpoch, baseSequence);
        }
    }

    /// <summary>Takes the sequence back, so that the next sending gives a new one.</summary>
    public void ForgetSequence() => SetProducer(RecordFormat.NoProducerId, RecordFormat.NoProducerEpoch, RecordFormat.NoSequence);

    /// <summary>Compresses and finishes the bytes, once.</summary>
    public void Build()
    {
        IsClosed = true;
        if (Bytes.Length == 0)
        {
            (_builder.ProducerId, _builder.ProducerEpoch, _builder.BaseSequence) = (ProducerId, ProducerEpoch, BaseSequence);
            Bytes = _builder.Build();
        }
    }

    /// <summary>
    /// The same records in batches of at most <paramref name="limit"/> bytes before compression, numbered as these are. What becomes of
    /// the parts becomes of these records; the batch itself is not sent any more.
    /// </summary>
    public List<ProducerBatch> Split(int limit, Func<RecordBatchBuilder> newBuilder)
    {
        List<ProducerBatch> parts = [];
        var (whole, index) = Whole ?? (this, 0);
        using var reader = RecordReader.Open(Bytes.Span);
        foreach (var record in reader)
        {
            if (parts.Count == 0 || !parts[^1].TryTake(record, limit))
            {
                parts.Add(new ProducerBatch(Queue, newBuilder(), memory: 0, CreatedMs) { Whole = (whole, index) });
                Invariant.Require(parts[^1].TryTake(record, limit));
            }

            index++;
        }

        var sequence = BaseSequence;
        foreach (var part in parts)
        {
            part.Seal();
            if (HasSequence)
            {
                part.SetProducer(ProducerId, ProducerEpoch, sequence);
                sequence = ProducerSequence.Add(sequence, part.Count);
            }
        }

        whole.AwaitParts();
        return parts;
    }

    /// <summary>Ends all of the batch's records well.</summary>
    public void Complete(long baseOffset, long logAppendTimeMs) => End(new Outcome(baseOffset, logAppendTimeMs, null));

    public void Fail(KafkaException failure) => End(new Outcome(-1, -1, failure));

    /// <summary>Ends when the batch does, well or not.</summary>
    public Task WhenDone()
    {
        lock (_gate)
        {
            if (IsDone)
            {
                return Task.CompletedTask;
            }

            return (_done ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }
    }

    /// <summary>
    /// Gives the bytes back to the pool, and what was kept for handlers, who have been told; not so where records may still be awaited, or
    /// parts of the batch are on their way. The sender's last touch.
    /// </summary>
    public void Release()
    {
        Bytes = default;
        _builder.Dispose();
        if (_outcomes is not null)
        {
            return;
        }

        Return(ref _handlers, ref _handlerCount);
        if (!_hasAwaited)
        {
            var kept = _count;
            Return(ref _timestamps, ref kept);
        }
    }

    RecordMetadata IValueTaskSource<RecordMetadata>.GetResult(short token)
    {
        var outcome = OutcomeOf((ushort)token) ?? throw new InvalidOperationException("The record is still on its way");
        return outcome.Failure is null ? Metadata(outcome, (ushort)token) : throw outcome.Failure;
    }

    ValueTaskSourceStatus IValueTaskSource<RecordMetadata>.GetStatus(short token) =>
        OutcomeOf((ushort)token) switch
        {
            null => ValueTaskSourceStatus.Pending,
            { Failure: null } => ValueTaskSourceStatus.Succeeded,
            _ => ValueTaskSourceStatus.Faulted,
        };

    void IValueTaskSource<RecordMetadata>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
    {
        if (!TryWait((ushort)token, continuation, state, flags))
        {
            // The outcome came in between: a source that has ended already schedules the continuation as the flags ask.
            var ended = new ManualResetValueTaskSourceCore<bool> { RunContinuationsAsynchronously = true };
            ended.SetResult(true);
            ended.OnCompleted(continuation, state, ended.Version, flags);
        }
    }

    private static void Add<T>(ref T[] kept, ref int count, T item)
    {
        if (count == kept.Length)
        {
            var larger = ArrayPool<T>.Shared.Rent(Math.Max(InitialRecords, count * 2));
            kept.AsSpan(0, count).CopyTo(larger);
            var held = count;
            Return(ref kept, ref held);
            kept = larger;
        }

        kept[count++] = item;
    }

    private static void Return<T>(ref T[] kept, ref int count)
    {
        if (kept.Length > 0)
        {
            kept.AsSpan(0, count).Clear();
            ArrayPool<T>.Shared.Return(kept);
            (kept, count) = ([], 0);
        }
    }

    private bool HasRoom(int recordSize, int limit) => Count < MaxRecords && SizeInBytes + recordSize <= limit;

    private bool TryWait(int index, Action<object?> continuation, object? state, ValueTaskSourceOnCompletedFlags flags)
    {
        lock (_gate)
        {
            if (OutcomeOf(index) is not null)
            {
                return false;
            }

            if (_waiters.Length <= index)
            {
                var length = Math.Max(InitialWaiters, Math.Max(index + 1, _waiters.Length * 2));
                Array.Resize(ref _waiters, length);
                Array.Resize(ref _isAwaited, length);
            }

            ref var waiter = ref _waiters[index];
            waiter.RunContinuationsAsynchronously = true;
            waiter.OnCompleted(continuation, state, waiter.Version, flags);
            _isAwaited[index] = true;
            return true;
        }
    }

    private Outcome? OutcomeOf(int index) =>
        Volatile.Read(ref _outcomes) is { } outcomes ? Volatile.Read(ref outcomes[index]) : Volatile.Read(ref _outcome);

    private bool TryTake(in Record record, int limit) =>
        TryAppend(record.Key, record.Value, record.Headers.ToArray(), record.Timestamp, limit, handler: null, tag: 0, out _);

    /// <summary>From now on each record has an outcome of its own.</summary>
    private void AwaitParts()
    {
        lock (_gate)
        {
            if (_outcomes is null)
            {
                _unfinished = Count;
                Volatile.Write(ref _outcomes, new Outcome?[Count]);
            }
        }
    }

    private void End(Outcome outcome)
    {
        lock (_gate)
        {
            Invariant.Require(_outcome is null);
            Volatile.Write(ref _outcome, outcome);
        }

        if (Whole is { } whole)
        {
            whole.Batch.EndPart(whole.FirstIndex, Count, outcome with { FirstIndex = whole.FirstIndex });
            _done?.SetResult();
            return;
        }

        Tell(outcome, 0, Count);
        _done?.SetResult();
    }

    /// <summary>A part of this batch has ended; with the last one the batch has.</summary>
    private void EndPart(int first, int count, Outcome outcome)
    {
        bool isLast;
        lock (_gate)
        {
            for (var i = first; i < first + count; i++)
            {
                Volatile.Write(ref _outcomes![i], outcome);
            }

            _unfinished -= count;
            isLast = _unfinished == 0;
        }

        Tell(outcome, first, first + count);
        if (isLast)
        {
            _done?.SetResult();
        }
    }

    /// <summary>Tells those who wait for records from <paramref name="first"/> on and before <paramref name="end"/>.</summary>
    private void Tell(Outcome outcome, int first, int end)
    {
        foreach (var (index, handler, tag) in _handlers.AsSpan(0, _handlerCount))
        {
            if (index < first || index >= end)
            {
                continue;
            }

            if (outcome.Failure is null)
            {
                handler.OnDelivered(tag, Metadata(outcome, index));
            }
            else
            {
                handler.OnFailed(tag, outcome.Failure);
            }
        }

        // No waiters are added once the outcome is set, so that they may be walked without the lock.
        for (var i = first; i < Math.Min(end, _isAwaited.Length); i++)
        {
            if (_isAwaited[i])
            {
                _waiters[i].SetResult(true);
            }
        }
    }

    private RecordMetadata Metadata(Outcome outcome, int index) =>
        new(
            Queue.Partition.Topic,
            Queue.Partition.Partition,
            outcome.BaseOffset < 0 ? -1 : outcome.BaseOffset + index - outcome.FirstIndex,
            outcome.LogAppendTimeMs >= 0 ? outcome.LogAppendTimeMs : _timestamps[index]);

    /// <param name="BaseOffset">Of the first record that was written with it; -1 where that is not known.</param>
    /// <param name="LogAppendTimeMs">The broker's time where that replaced the records' own; else -1.</param>
    /// <param name="Failure">Null where all went well.</param>
    private sealed record Outcome(long BaseOffset, long LogAppendTimeMs, KafkaException? Failure)
    {
        /// <summary>The number, in the whole batch, of the record at <see cref="BaseOffset"/>.</summary>
        public int FirstIndex { get; init; }
    }
}
