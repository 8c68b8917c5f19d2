using System.Collections.Concurrent;
using ClassicBroker.Client;

namespace ClassicBroker.Tools.Verifiable;

/// <summary>
/// Tells of each record whether it was acknowledged. Threading: the tool adds records, the producer's network thread tells their fate.
/// </summary>
internal sealed class VerifiableLog(VerifiableEvents events, string topic) : IDeliveryHandler
{
    private readonly ConcurrentDictionary<long, (string? Key, string Value)> _pending = new();
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
        var delivered = metadata;
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
