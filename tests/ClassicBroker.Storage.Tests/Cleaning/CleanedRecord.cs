namespace ClassicBroker.Storage.Tests;

/// <summary>A record as a consumer sees it.</summary>
internal sealed record CleanedRecord(long Offset, long Timestamp, string? Key, string? Value);
