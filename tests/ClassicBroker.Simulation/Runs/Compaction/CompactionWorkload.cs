using ClassicBroker.Testing;

namespace ClassicBroker.Simulation.Runs.Compaction;

/// <summary>What a seed makes of the compacted topic of a run. Immutable.</summary>
internal sealed record CompactionWorkload
{
    /// <summary>Of 5 runs: half of them have transactions, which take its place.</summary>
    private const int RunsOf5 = 2;

    private const long NeverMs = 864_000_000;

    public required int Producers { get; init; }

    public required int Keys { get; init; }

    public required bool IsIdempotent { get; init; }

    public required int SegmentBytes { get; init; }

    /// <summary><c>delete.retention.ms</c>.</summary>
    public required long DeleteRetentionMs { get; init; }

    /// <summary><c>log.cleaner.backoff.ms</c>.</summary>
    public required int BackoffMs { get; init; }

    /// <summary>Does the first producer end long before the others?</summary>
    public required bool RetiresEarly { get; init; }

    /// <summary>The compacted topic of a seed; null where its run has none.</summary>
    public static CompactionWorkload? Draw(ulong seed)
    {
        var random = Random(seed);
        return random.Next(5) < RunsOf5 ? Draw(random) : null;
    }

    /// <summary>A compacted topic for any seed.</summary>
    public static CompactionWorkload DrawAlways(ulong seed) => Draw(Random(seed));

    public override string ToString() =>
        $"{Producers} {(IsIdempotent ? "idempotent " : "")}producers of {Keys} keys, compacted segments of {SegmentBytes} bytes, "
        + $"tombstones kept {DeleteRetentionMs} ms, cleaner every {BackoffMs} ms";

    private static SeededRandomSource Random(ulong seed) => new(seed ^ 0xC0DA);

    private static CompactionWorkload Draw(SeededRandomSource random) => new()
    {
        Producers = 1 + random.Next(2),
        Keys = 2 + random.Next(10),
        IsIdempotent = random.OneIn(2),
        SegmentBytes = 700 + random.Next(3000),
        DeleteRetentionMs = random.OneIn(2) ? NeverMs : 1000 + random.Next(3000),
        BackoffMs = 100 + random.Next(900),
        RetiresEarly = random.OneIn(3),
    };
}
