using ClassicBroker.Client;
using ClassicBroker.Platform;

namespace ClassicBroker.Tools.Performance;

/// <summary>
/// The transactions of a tool that sends, one after the other: each begins with a record and ends with the first one sent when its time is
/// over. Threading: used by one tool.
/// </summary>
internal sealed class TimedTransactions<TKey, TValue>
{
    private readonly KafkaProducer<TKey, TValue> _producer;
    private readonly long _durationMs;
    private readonly TimeProvider _time;
    private long _beganMs;

    private TimedTransactions(KafkaProducer<TKey, TValue> producer, long durationMs, TimeProvider time) =>
        (_producer, _durationMs, _time) = (producer, durationMs, time);

    public bool IsOpen { get; private set; }

    /// <summary>Initializes the producer; null where there are no transactions.</summary>
    public static async Task<TimedTransactions<TKey, TValue>?> StartAsync(
        KafkaProducer<TKey, TValue> producer, long durationMs, TimeProvider time)
    {
        if (durationMs <= 0)
        {
            return null;
        }

        await producer.InitTransactionsAsync();
        return new(producer, durationMs, time);
    }

    public void BeginIfOver()
    {
        if (!IsOpen)
        {
            _producer.BeginTransaction();
            _beganMs = _time.MonotonicMs();
            IsOpen = true;
        }
    }

    /// <summary>True where the transaction has had its time at the sending of a record.</summary>
    public bool IsDue(long sentMs) => sentMs - _beganMs >= _durationMs;

    public async Task CommitAsync()
    {
        await _producer.CommitTransactionAsync();
        IsOpen = false;
    }

    public async Task AbortAsync()
    {
        await _producer.AbortTransactionAsync();
        IsOpen = false;
    }
}
