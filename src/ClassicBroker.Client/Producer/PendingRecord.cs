using ClassicBroker.Records;

namespace ClassicBroker.Client.Producer;

/// <summary>A record on its way into a batch, its parts still where they were serialized.</summary>
internal readonly ref struct PendingRecord
{
    public required NullableBytes Key { get; init; }

    public required NullableBytes Value { get; init; }

    public required ReadOnlySpan<RecordHeader> Headers { get; init; }

    public required long TimestampMs { get; init; }

    public IDeliveryHandler? Handler { get; init; }

    /// <summary>The outcome may be asked of the batch long after it has ended.</summary>
    public bool IsAwaited { get; init; }

    public long Tag { get; init; }
}
