using System.Threading.Tasks.Sources;
using ClassicBroker.Primitives;
using ClassicBroker.Records;

namespace ClassicBroker.Client.Producer;

/// <summary>
/// Records of one partition that travel together, and those who wait for them: the batch is the source of the <see cref="ValueTask"/>
/// of each of its records, whose number in the batch is the token. So that a record costs an allocation only where somebody waits.
/// Threading: appended to under its queue's lock until closed, then the sender's; waiters come from any thread.
/// </summary>
internal sealed class ProducerBatch : IValueTaskSource<RecordMetadata>
{
    /// <summary>Records a batch takes: as many as tokens have values.</summary>
    public const int MaxRecords = ushort.MaxValue;

    private const int InitialWaiters = 16;

    private readonly Lock _gate = new();
    private readonly RecordBatchBuilder _builder;
    private readonly List<(int Index, IDeliveryHandler Handler, long Tag)> _handlers = [];
    private readonly List<long> _timestamps = [];
    private ManualResetValueTaskSourceCore<bool>[] _waiters = [];
    private bool[] _isAwaited = [];
    private TaskCompletionSource? _done;
    private Outcome? _outcome;

    public ProducerBatch(PartitionQueue queue, RecordBatchBuilder builder, int memory, long createdMs)
    {
        Queue = queue;
        Memory = memory;
        CreatedMs = createdMs;
        _builder = builder;
    }

    public PartitionQueue Queue { get; }

    /// <summary>Bytes taken from <see cref="BufferMemory"/>.</summary>
    public int Memory { get; }

    /// <summary>When the first record came, on the monotonic clock.</summary>
    public long CreatedMs { get; }

    public int Count => _timestamps.Count;

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

    public bool IsDone => Volatile.Read(ref _outcome) is not null;

    /// <summary>Appends a record unless the batch is closed, or has records and would grow past <paramref name="limit"/>.</summary>
    public bool TryAppend(
        NullableBytes key,
        NullableBytes value,
        ReadOnlySpan<RecordHeader> headers,
        long timestampMs,
        int limit,
        IDeliveryHandler? handler,
        long tag,
        out ushort index)
    {
        index = (ushort)Count;
        if (IsClosed || (Count > 0 && !HasRoom(RecordBatchBuilder.RecordSizeMax(key.Length, value.Length, headers), limit)))
        {
            return false;
        }

        _builder.Append(timestampMs, key, value, headers);
        _timestamps.Add(timestampMs);
        if (handler is not null)
        {
            _handlers.Add((index, handler, tag));
        }

        return true;
    }

    /// <summary>No record joins any more.</summary>
    public void Seal() => IsClosed = true;

    /// <summary>Gives the batch its place in the sequence of its partition (KIP-98). On a batch that was built already this changes it in place.</summary>
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

    /// <summary>Ends all of the batch's records well.</summary>
    public void Complete(long baseOffset, long logAppendTimeMs) => End(new Outcome(baseOffset, logAppendTimeMs, null));

    public void Fail(KafkaException failure) => End(new Outcome(-1, -1, failure));

    /// <summary>Ends when the batch does, well or not.</summary>
    public Task WhenDone()
    {
        lock (_gate)
        {
            if (_outcome is not null)
            {
                return Task.CompletedTask;
            }

            return (_done ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }
    }

    /// <summary>Gives the bytes back to the pool. The sender's last touch.</summary>
    public void Release()
    {
        Bytes = default;
        _builder.Dispose();
    }

    RecordMetadata IValueTaskSource<RecordMetadata>.GetResult(short token)
    {
        var outcome = Volatile.Read(ref _outcome) ?? throw new InvalidOperationException("The record is still on its way");
        return outcome.Failure is null ? Metadata(outcome, (ushort)token) : throw outcome.Failure;
    }

    ValueTaskSourceStatus IValueTaskSource<RecordMetadata>.GetStatus(short token) =>
        Volatile.Read(ref _outcome) switch
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

    private bool HasRoom(int recordSize, int limit) => Count < MaxRecords && SizeInBytes + recordSize <= limit;

    private bool TryWait(int index, Action<object?> continuation, object? state, ValueTaskSourceOnCompletedFlags flags)
    {
        lock (_gate)
        {
            if (_outcome is not null)
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

    private void End(Outcome outcome)
    {
        lock (_gate)
        {
            Invariant.Require(_outcome is null);
            Volatile.Write(ref _outcome, outcome);
        }

        foreach (var (index, handler, tag) in _handlers)
        {
            if (outcome.Failure is null)
            {
                handler.OnDelivered(tag, Metadata(outcome, index));
            }
            else
            {
                handler.OnFailed(tag, outcome.Failure);
            }
        }

        // Nobody adds waiters once the outcome is set, so that they may be walked without the lock.
        for (var i = 0; i < _isAwaited.Length; i++)
        {
            if (_isAwaited[i])
            {
                _waiters[i].SetResult(true);
            }
        }

        _done?.SetResult();
    }

    private RecordMetadata Metadata(Outcome outcome, int index) =>
        new(
            Queue.Partition.Topic,
            Queue.Partition.Partition,
            outcome.BaseOffset < 0 ? -1 : outcome.BaseOffset + index,
            outcome.LogAppendTimeMs >= 0 ? outcome.LogAppendTimeMs : _timestamps[index]);

    private sealed record Outcome(long BaseOffset, long LogAppendTimeMs, KafkaException? Failure);
}
