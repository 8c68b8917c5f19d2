using System.Collections.Concurrent;
using ClassicBroker.Client;

namespace ClassicBroker.Tools.Verifiable;

/// <summary>
/// Tells of each record whether it was acknowledged, or, in transactions, whether it was committed. Threading: the tool adds records and
/// ends transactions, the producer's network thread tells the fate of records.
/// </summary>
internal sealed class VerifiableLog(VerifiableEvents events, string topic, bool isTransactional = false) : IDeliveryHandler
{
    private readonly ConcurrentDictionary<long, (string? Key, string Value)> _pending = new();

    /// <summary>Records that are written in a transaction whose end is not known.</summary>
    private readonly ConcurrentQueue<(long Tag, RecordMetadata Metadata)> _undecided = new();
    private long _acknowledged;

    /// <summary>Records handed to the producer.</summary>
    public long Sent { get; private set; }

    public long Acknowledged => Interlocked.Read(ref _acknowledged);

    /// <summary>Remembers a record; returns the tag to send it with.</summary>
    public long Add(string? key, string value)
    {
        _pending[++Sent] = (key, value);
        return Sent;
    }

    public void OnDelivered(long tag, in RecordMetadata metadata)
    {
        if (isTransactional)
        {
            _undecided.Enqueue((tag, metadata));
        }
        else
        {
            TellSuccess(tag, metadata);
        }
    }

    /// <summary>The transaction is committed, and with it what was written in it.</summary>
    public void OnCommitted()
    {
        while (_undecided.TryDequeue(out var written))
        {
            TellSuccess(written.Tag, written.Metadata);
        }
    }

    /// <summary>The transaction was not committed, or it is unknown whether it was.</summary>
    public void OnNotCommitted(KafkaException failure)
    {
        while (_undecided.TryDequeue(out var written))
        {
            OnFailed(written.Tag, failure);
        }
    }

    private void TellSuccess(long tag, RecordMetadata delivered)
    {
        _pending.TryRemove(tag, out var record);
        Interlocked.Increment(ref _acknowledged);
        events.Write("producer_send_success", json =>
        {
            json.WriteString("key", record.Key);
            json.WriteString("value", record.Value);
            json.WriteNumber("offset", delivered.Offset);
            json.WriteNumber("partition", delivered.Partition);
            json.WriteString("topic", topic);
        });
    }

    public void OnFailed(long tag, KafkaException failure)
    {
        _pending.TryRemove(tag, out var record);
        events.Write("producer_send_error", json =>
        {
            json.WriteString("exception", $"class {JavaException.ClassOf(failure)}");
            json.WriteString("message", failure.Message);
            json.WriteString("key", record.Key);
            json.WriteString("value", record.Value);
            json.WriteString("topic", topic);
        });
    }
}
