using ClassicBroker.Primitives;
using ClassicBroker.Records;

namespace ClassicBroker.Client;

/// <summary>
/// A deserializer refused a record. The consumer stands before it: seek to the next offset to skip the record, whose bytes are here to be
/// kept elsewhere, such as in a dead-letter topic.
/// </summary>
public sealed class RecordDeserializationException : KafkaException
{
    internal RecordDeserializationException(TopicPartition partition, in Record record, bool isKey, Exception cause)
        : base(Sentence(partition, record.Offset, isKey, cause), cause)
    {
        TopicPartition = partition;
        Offset = record.Offset;
        IsKey = isKey;
        TimestampMs = record.Timestamp;
        Key = Copy(record.Key);
        Value = Copy(record.Value);
        Headers = record.Headers.Count == 0 ? [] : record.Headers.ToArray();
    }

    /// <summary>Reports a record that a consumer handed out as bytes, and that was to become something else afterwards.</summary>
    internal RecordDeserializationException(in ConsumerRecord<byte[]?, byte[]?> record, bool isKey, Exception cause)
        : base(Sentence(record.TopicPartition, record.Offset, isKey, cause), cause)
    {
        TopicPartition = record.TopicPartition;
        Offset = record.Offset;
        IsKey = isKey;
        TimestampMs = record.TimestampMs;
        Key = record.Key is null ? (ReadOnlyMemory<byte>?)null : record.Key;
        Value = record.Value is null ? (ReadOnlyMemory<byte>?)null : record.Value;
        Headers = record.Headers;
    }

    /// <summary>The record's offset in the <see cref="KafkaException.TopicPartition"/>.</summary>
    public long Offset { get; }

    /// <summary>True where it is the key that was refused, false where it is the value.</summary>
    public bool IsKey { get; }

    /// <summary>The record's timestamp, milliseconds since 1970.</summary>
    public long TimestampMs { get; }

    /// <summary>The key as it is stored; null where there is none.</summary>
    public ReadOnlyMemory<byte>? Key { get; }

    /// <summary>The value as it is stored; null for a tombstone.</summary>
    public ReadOnlyMemory<byte>? Value { get; }

    /// <summary>The record's headers, in order.</summary>
    public IReadOnlyList<RecordHeader> Headers { get; }

    /// <inheritdoc/>
    public override bool IsRetriable => false;

    private static string Sentence(TopicPartition partition, long offset, bool isKey, Exception cause) =>
        $"Error deserializing {(isKey ? "KEY" : "VALUE")} for partition {partition} at offset {offset}. If needed, please seek past the "
        + $"record to continue consumption. ({cause.Message})";

    private static ReadOnlyMemory<byte>? Copy(NullableBytes bytes) => bytes.IsNull ? (ReadOnlyMemory<byte>?)null : bytes.Span.ToArray();
}
