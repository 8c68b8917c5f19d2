namespace ClassicBroker.Records;

/// <summary>One header of a record (KIP-82), as an application hands it to a producer.</summary>
public readonly record struct RecordHeader(string Key, ReadOnlyMemory<byte>? Value);
