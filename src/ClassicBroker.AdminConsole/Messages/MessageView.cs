namespace ClassicBroker.AdminConsole.Messages;

/// <summary>A record as pages show it, or a transaction's marker. Immutable. What does not apply is null.</summary>
internal sealed record MessageView
{
    public required int Partition { get; init; }

    public required long Offset { get; init; }

    public long? TimestampMs { get; init; }

    /// <summary><c>create</c> or <c>append</c>: whose clock it is of.</summary>
    public string? TimestampType { get; init; }

    /// <summary><c>record</c>, <c>commit</c>, <c>abort</c>, or <c>control</c> for a marker of another kind.</summary>
    public required string Kind { get; init; }

    public PayloadView? Key { get; init; }

    public PayloadView? Value { get; init; }

    public IReadOnlyList<HeaderView>? Headers { get; init; }

    /// <summary>The codec of its batch.</summary>
    public string? Compression { get; init; }

    public bool IsTransactional { get; init; }

    public long? ProducerId { get; init; }

    public int? ProducerEpoch { get; init; }

    public int? LeaderEpoch { get; init; }
}
