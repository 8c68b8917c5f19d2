using ClassicBroker.Testing;

namespace ClassicBroker.Simulation.Runs.Retention;

/// <summary>What a seed makes of the retention of the run's own topic. Immutable.</summary>
internal sealed record RetentionWorkload
{
    private const int OneRunIn = 6;

    /// <summary><c>retention.bytes</c>: some segments of a record or a few.</summary>
    public required long Bytes { get; init; }

    /// <summary><c>log.retention.check.interval.ms</c>.</summary>
    public required int CheckMs { get; init; }

    /// <summary>How long its slowest consumer does nothing at times, to find that what it wants next has gone.</summary>
    public required int LingerMs { get; init; }

    /// <summary>The retention of a seed; null where all is kept.</summary>
    public static RetentionWorkload? Draw(ulong seed)
    {
        var random = Random(seed);
        return random.OneIn(OneRunIn) ? Draw(random) : null;
    }

    /// <summary>A retention for any seed.</summary>
    public static RetentionWorkload DrawAlways(ulong seed) => Draw(Random(seed));

    public override string ToString() => $"{Bytes} bytes retained, looked at every {CheckMs} ms";

    private static SeededRandomSource Random(ulong seed) => new(seed ^ 0xDE00);

    private static RetentionWorkload Draw(SeededRandomSource random) => new()
    {
        Bytes = 2_000 + (1_000 * random.Next(6)),
        CheckMs = 100 + random.Next(500),
        LingerMs = 1_000 + random.Next(3_000),
    };
}
