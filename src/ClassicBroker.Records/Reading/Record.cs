namespace ClassicBroker.Records;

/// <summary>
/// One record as a <see cref="RecordReader"/> sees it. A view: valid until the reader moves on, and where the batch was compressed its
/// bytes are overwritten then.
/// </summary>
public readonly ref struct Record
{
    public required long Offset { get; init; }

    public required long Timestamp { get; init; }

    public required TimestampType TimestampType { get; init; }

    public required NullableBytes Key { get; init; }

    public required NullableBytes Value { get; init; }

    public RecordHeaders Headers { get; init; }
}
