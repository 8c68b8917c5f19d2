using ClassicBroker.Client.Producer;
using ClassicBroker.Platform;

namespace ClassicBroker.Client.Classic.Producers;

/// <summary>
/// Messages of an asynchronous producer until a batch of them is due: <c>batch.num.messages</c> are there, or the oldest has waited for
/// <c>queue.buffering.max.ms</c>. Safe from any thread; one caller takes.
/// </summary>
internal sealed class MessageQueue<TMessage>(ClassicProducerConfig config, TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly Queue<(TMessage Message, long QueuedAtMs)> _messages = new();
    private readonly BufferMemory _room = new(config.QueueBufferingMaxMessages, time);
    private TaskCompletionSource<bool> _news = TimedSignal.New();
    private bool _isClosed;

    /// <summary>Adds a message; waits for room as long as <c>queue.enqueue.timeout.ms</c> allows.</summary>
    /// <exception cref="QueueFullException">There was none in time.</exception>
    /// <exception cref="OperationCanceledException">The cancellation came first; the message is not added.</exception>
    public async ValueTask AddAsync(TMessage message, string topic, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        if (!_room.TryTake(1))
        {
            if (config.QueueEnqueueTimeout == TimeSpan.Zero)
            {
                throw new QueueFullException(topic);
            }

            try
            {
                var patience = config.QueueEnqueueTimeout ?? TimeSpan.MaxValue;
                await _room.TakeAsync(1, patience, patience, cancellation);
            }
            catch (KafkaTimeoutException late)
            {
                throw new QueueFullException(topic, late);
            }
        }

        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isClosed, this);
            _messages.Enqueue((message, time.MonotonicMs()));
            if (_messages.Count == 1 || _messages.Count >= config.BatchNumMessages)
            {
                _news.TrySetResult(true);
            }
        }
    }

    /// <summary>The next batch once it is due; null when the queue is closed and empty.</summary>
    public async Task<IReadOnlyList<TMessage>?> TakeBatchAsync()
    {
        while (true)
        {
            TaskCompletionSource<bool> news;
            TimeSpan wait;
            lock (_gate)
            {
                var waitedMs = _messages.TryPeek(out var oldest) ? time.MonotonicMs() - oldest.QueuedAtMs : 0;
                if (_messages.Count >= config.BatchNumMessages
                    || (_messages.Count > 0 && (_isClosed || waitedMs >= config.QueueBufferingMax.TotalMilliseconds)))
                {
                    return Dequeue(Math.Min(_messages.Count, config.BatchNumMessages));
                }

                if (_isClosed)
                {
                    return null;
                }

                wait = _messages.Count == 0 ? TimeSpan.MaxValue : config.QueueBufferingMax - TimeSpan.FromMilliseconds(waitedMs);
                news = _news = TimedSignal.New();
            }

            await news.WaitAsync(wait, time, CancellationToken.None);
        }
    }

    private TMessage[] Dequeue(int count)
    {
        var batch = new TMessage[count];
        for (var i = 0; i < count; i++)
        {
            batch[i] = _messages.Dequeue().Message;
        }

        return batch;
    }

    /// <summary>Messages that were taken are done with, well or not.</summary>
    public void Release(int messages) => _room.Return(messages);

    /// <summary>Takes no more messages; those that are there are due.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _isClosed = true;
            _news.TrySetResult(true);
        }
    }
}
