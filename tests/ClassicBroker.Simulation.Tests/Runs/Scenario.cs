using ClassicBroker.Testing;

namespace ClassicBroker.Simulation.Tests.Runs;

/// <summary>
/// What a seed makes of a run: the cluster's shape, the kinds of fault it meets (a few, never all: swarm testing) and when. Immutable, so
/// that a failing run can be repeated with fewer faults.
/// </summary>
internal sealed record Scenario
{
    private static readonly string[] Protocols = ["3.9-IV0", "3.9-IV0", "2.6-IV0", "2.2-IV1", "2.0-IV1", "0.11.0-IV2"];

    public required ulong Seed { get; init; }

    /// <summary><c>inter.broker.protocol.version</c>: decides how followers truncate and how ISR changes are written.</summary>
    public required string InterBrokerProtocol { get; init; }

    public required int Partitions { get; init; }

    public required int Producers { get; init; }

    public required int SegmentBytes { get; init; }

    public required IReadOnlyList<Fault> Faults { get; init; }

    /// <summary>How long the load goes on.</summary>
    public TimeSpan LoadTime { get; init; } = TimeSpan.FromSeconds(10);

    public static Scenario Draw(ulong seed)
    {
        var random = new SeededRandomSource(seed ^ 0xC0FFEE);
        FaultKind[] kinds = [.. Enum.GetValues<FaultKind>().Where(_ => random.OneIn(3))];
        var scenario = new Scenario
        {
            Seed = seed,
            InterBrokerProtocol = Protocols[random.Next(Protocols.Length)],
            Partitions = 1 + random.Next(3),
            Producers = 1 + random.Next(3),
            SegmentBytes = random.OneIn(2) ? 1_000 : 100_000,
            Faults = [],
        };
        return kinds.Length == 0 ? scenario : scenario with { Faults = DrawFaults(random, kinds, (int)scenario.LoadTime.TotalMilliseconds) };
    }

    public override string ToString() =>
        $"seed {Seed}: inter.broker.protocol.version={InterBrokerProtocol}, {Partitions} partitions, {Producers} producers, "
        + $"segments of {SegmentBytes} bytes, faults:\n  {string.Join("\n  ", Faults)}";

    private static List<Fault> DrawFaults(SeededRandomSource random, FaultKind[] kinds, int loadMs)
    {
        var faults = new List<Fault>();
        for (var atMs = 200 + random.Next(1000); atMs < loadMs; atMs += 50 + random.Next(2500))
        {
            var broker = random.Next(3);
            faults.Add(new Fault(
                atMs, kinds[random.Next(kinds.Length)], broker, (broker + 1 + random.Next(2)) % 3, random.OneIn(4) ? 9000 : 100 + random.Next(3000)));
        }

        return faults;
    }
}
