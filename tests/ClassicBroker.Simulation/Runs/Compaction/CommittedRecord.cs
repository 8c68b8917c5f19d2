namespace ClassicBroker.Simulation.Runs.Compaction;

/// <summary>A record of a compacted partition, as text.</summary>
/// <param name="Offset">Where it is.</param>
/// <param name="Key">Its key, in hexadecimal digits where it is no text of a simulated producer.</param>
/// <param name="Value">Its value, likewise; null for a tombstone.</param>
/// <param name="CommittedAt">When a high watermark was first seen to cover it.</param>
internal sealed record CommittedRecord(long Offset, string Key, string? Value, DateTimeOffset CommittedAt)
{
    public override string ToString() => $"{Key}={Value ?? "nothing"} at {Offset}";
}
