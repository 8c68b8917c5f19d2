namespace ClassicBroker.Storage;

/// <summary>The broker settings of the log cleaner, with Kafka's defaults. Immutable: a change hands the cleaner a new one.</summary>
public sealed record CleanerSettings
{
    /// <summary><c>log.cleaner.threads</c>: how many logs are cleaned at a time.</summary>
    public int Threads { get; init; } = 1;

    /// <summary><c>log.cleaner.dedupe.buffer.size</c>: memory of the offset maps of all threads together.</summary>
    public long DedupeBufferBytes { get; init; } = 128 * 1024 * 1024;

    /// <summary><c>log.cleaner.io.buffer.load.factor</c>: how full an offset map may get.</summary>
    public double LoadFactor { get; init; } = 0.9;

    /// <summary><c>log.cleaner.io.buffer.size</c>: memory of the read and write buffers of all threads together.</summary>
    public int IoBufferBytes { get; init; } = 512 * 1024;

    /// <summary><c>log.cleaner.io.max.bytes.per.second</c>: what all threads together may read and write.</summary>
    public double IoBytesPerSecondMax { get; init; } = double.MaxValue;

    /// <summary><c>log.cleaner.backoff.ms</c>: the pause when there is nothing to clean.</summary>
    public long BackoffMs { get; init; } = 15_000;
}
