namespace ClassicBroker.Storage;

/// <summary>An entry of the time index: the largest timestamp so far, and the last offset of the batch that holds it.</summary>
internal readonly record struct TimestampOffset(long Timestamp, long Offset);
