namespace ClassicBroker.Records;

/// <summary>
/// A set of records as a leader appends it. Owned by whoever called for validation, who disposes it when the bytes are written.
/// </summary>
public readonly record struct ValidatedRecords : IDisposable
{
    /// <summary>
    /// What to append: the request's own memory, stamped in place, or a rebuilt copy that lives until <see cref="Dispose"/>.
    /// </summary>
    public required Memory<byte> Records { get; init; }

    public required long FirstOffset { get; init; }

    public required long LastOffset { get; init; }

    public required long MaxTimestamp { get; init; }

    /// <summary>Last offset of the batch with the largest timestamp: what the time index holds. -1 where there is no timestamp.</summary>
    public required long ShallowOffsetOfMaxTimestamp { get; init; }

    public required int RecordCount { get; init; }

    /// <summary>When the leader appended them, where the topic stamps that; -1 for create time.</summary>
    public required long LogAppendTime { get; init; }

    /// <summary>Set where the bytes were rebuilt.</summary>
    internal PooledBuffer? Rebuilt { get; init; }

    /// <summary>Were they converted to another format or codec?</summary>
    public bool IsRebuilt => Rebuilt is not null;

    public void Dispose() => Rebuilt?.Dispose();
}
