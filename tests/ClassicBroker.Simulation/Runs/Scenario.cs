using ClassicBroker.Simulation.Runs.Compaction;
using ClassicBroker.Simulation.Runs.Groups;
using ClassicBroker.Simulation.Runs.Retention;
using ClassicBroker.Simulation.Runs.Transactions;
using ClassicBroker.Testing;

namespace ClassicBroker.Simulation.Runs;

/// <summary>
/// What a seed makes of a run: the cluster's shape, its load, the kinds of fault it meets (a few, never all: swarm testing) and when.
/// Immutable, so that a failing run can be repeated with fewer faults.
/// </summary>
internal sealed record Scenario
{
    private const int LoadMs = 10_000;
    private const int RetainedSegmentBytes = 1_000;

    private static readonly string[] Protocols = ["3.9-IV0", "3.9-IV0", "2.6-IV0", "2.2-IV1", "2.0-IV1", "0.11.0-IV2"];

    public required ulong Seed { get; init; }

    /// <summary><c>inter.broker.protocol.version</c>: decides how followers truncate and how ISR changes are written.</summary>
    public required string InterBrokerProtocol { get; init; }

    /// <summary>Does an ISR change go through the controller (KIP-497), and not straight to ZooKeeper?</summary>
    public bool WritesIsrThroughController => InterBrokerProtocol is ['3', ..] or "2.8-IV1";

    /// <summary>Three, or four, so that a partition has a broker to move to.</summary>
    public required int Brokers { get; init; }

    public required int Partitions { get; init; }

    /// <summary>The <c>min.insync.replicas</c> that clients count on.</summary>
    public required int MinIsr { get; init; }

    public required IReadOnlyList<ProducerKind> Producers { get; init; }

    /// <summary>
    /// Batches of an idempotent producer that may be under way to a partition at once. More than one in a fifth of the seeds.
    /// </summary>
    public int InFlightMax { get; init; } = 1;

    /// <summary>What idempotent producers begin to count with in each partition; not 0 to have them come past the highest sequence.</summary>
    public int FirstSequence { get; init; }

    public required int Consumers { get; init; }

    public required int SegmentBytes { get; init; }

    /// <summary>How much longer than its value a record is.</summary>
    public required int PaddingBytes { get; init; }

    /// <summary><c>zookeeper.session.timeout.ms</c>.</summary>
    public required int SessionTimeoutMs { get; init; }

    /// <summary>More lines of <c>server.properties</c>.</summary>
    public IReadOnlyList<string> Properties { get; init; } = [];

    /// <summary>Has each broker two log directories, of which one can fail without the other?</summary>
    public required bool HasTwoLogDirectories { get; init; }

    /// <summary>Does a client delete records from the front of the logs?</summary>
    public required bool DeletesRecords { get; init; }

    /// <summary>Do replicas sync before they count as having a record (<c>durability=fsync</c>)?</summary>
    public bool IsDurable { get; init; }

    /// <summary>The consumer group that shares the topic; null for none.</summary>
    public GroupWorkload? Group { get; init; }

    /// <summary>How much of the topic is kept; null for all.</summary>
    public RetentionWorkload? Retention { get; init; }

    /// <summary>The compacted topic beside it; null for none.</summary>
    public CompactionWorkload? Compaction { get; init; }

    public required IReadOnlyList<FaultKind> FaultKinds { get; init; }

    /// <summary>Between the beginnings of two faults there is less than that, and a little.</summary>
    public int FaultGapMsMax { get; init; } = 2500;

    /// <summary>No fault takes longer, for one that needs many of them.</summary>
    public int FaultMsMax { get; init; } = 9000;

    /// <summary>The transactional part of the load; null for none.</summary>
    public TransactionShape? Transactions { get; init; }

    /// <summary>Does a disk fail, so that checkpoints are not written when they are due?</summary>
    public bool MayLoseCheckpoints =>
        FaultKinds.Any(kind => kind is FaultKind.DiskError or FaultKind.SyncError or FaultKind.DiskFull or FaultKind.DiskStall);

    /// <summary>The places of the faults to keep, for a replay; null for all.</summary>
    public IReadOnlyList<int>? Kept { get; init; }

    /// <summary>How long the load goes on.</summary>
    public TimeSpan LoadTime { get; init; } = TimeSpan.FromMilliseconds(LoadMs);

    /// <summary>The schedule of the seed, without what is not kept.</summary>
    public IReadOnlyList<(int Place, Fault Fault)> Faults
    {
        get
        {
            var all = DrawFaults().Index();
            return [.. Kept is { } kept ? all.Where(entry => kept.Contains(entry.Index)) : all];
        }
    }

    /// <summary>The same without transactions.</summary>
    public Scenario WithoutTransactions => Transactions is null ? this : DrawPlain(Seed) with { Kept = Kept };

    public static Scenario Draw(ulong seed) => WithTransactions(TransactionShape.Draw(seed), DrawPlain(seed));

    /// <summary>As <see cref="Draw"/>, with a transactional load whatever the seed.</summary>
    public static Scenario DrawWithTransactions(ulong seed) => WithTransactions(TransactionShape.DrawAlways(seed), DrawPlain(seed));

    /// <summary>As <see cref="Draw"/>, with three brokers and only the load that all runs have.</summary>
    public static Scenario DrawPlainOfThree(ulong seed) => DrawPlain(seed) with { Brokers = 3, Group = null, Compaction = null };

    /// <summary>
    /// A scenario with such a load, which takes the place of groups and compacted topics, in the protocol in which leaders verify
    /// transactions (KIP-890): in older ones they may hang.
    /// </summary>
    public static Scenario WithTransactions(TransactionShape? shape, Scenario scenario) => shape is null
        ? scenario : scenario with { Transactions = shape, Group = null, Compaction = null, InterBrokerProtocol = Protocols[0] };

    /// <summary>
    /// The same with sessions that end one after the other. A controller that is away, but not for so long that its session ends, hears late
    /// of a broker that went and came back.
    /// </summary>
    public Scenario WithSessionsEnding() => this with
    {
        FaultKinds = [FaultKind.ZooKeeperAway, FaultKind.SessionExpiry, FaultKind.SessionExpiry],
        SessionTimeoutMs = 6_000,
        FaultMsMax = 3_000,
        FaultGapMsMax = 1_000,
    };

    private static Scenario DrawPlain(ulong seed)
    {
        var random = new SeededRandomSource(seed ^ 0xC0FFEE);
        var swarm = 2 + random.Next(6);
        var minIsr = random.OneIn(4) ? 1 : 2;
        var scenario = new Scenario
        {
            Seed = seed,
            FaultKinds = [.. Enum.GetValues<FaultKind>().Where(kind => kind < FaultKind.KillMidClean && random.OneIn(swarm))],
            InterBrokerProtocol = Protocols[random.Next(Protocols.Length)],
            Brokers = 3 + random.Next(2),
            Partitions = 1 + random.Next(3),
            MinIsr = minIsr,
            Producers = [.. Enumerable.Range(0, 1 + random.Next(3)).Select(_ => (ProducerKind)random.Next(3))],
            InFlightMax = seed % 5 == 1 ? 5 : 1,
            Consumers = 1 + random.Next(2),
            SegmentBytes = random.OneIn(2) ? 1_000 : 100_000,
            PaddingBytes = random.OneIn(2) ? 0 : 300,
            SessionTimeoutMs = random.OneIn(2) ? 2000 : 6000,
            HasTwoLogDirectories = random.OneIn(4),
            DeletesRecords = random.OneIn(4),
        };
        var retention = RetentionWorkload.Draw(seed);
        var isDurable = IsDrawnDurable(seed);
        return scenario with
        {
            IsDurable = isDurable,
            FaultKinds = isDurable ? [.. scenario.FaultKinds, FaultKind.PowerCutOfAll] : scenario.FaultKinds,
            Producers = SendsWithoutAcknowledgement(seed) ? [.. scenario.Producers, ProducerKind.AcksNone] : scenario.Producers,
            Retention = retention,
            DeletesRecords = scenario.DeletesRecords && retention is null,
            SegmentBytes = retention is null ? scenario.SegmentBytes : RetainedSegmentBytes,
            Group = scenario.DeletesRecords || retention is not null ? null : GroupWorkload.Draw(seed),
            Compaction = CompactionWorkload.Draw(seed),
        };
    }

    public override string ToString() =>
        $"seed {Seed}: {Brokers} brokers, inter.broker.protocol.version={InterBrokerProtocol}, {Partitions} partitions, "
        + $"min.insync.replicas={MinIsr}, producers {string.Join(' ', Producers)}{(InFlightMax > 1 ? $" of {InFlightMax} batches in flight" : "")}, {Consumers} consumers, segments of {SegmentBytes} bytes, "
        + $"padding of {PaddingBytes}, sessions of {SessionTimeoutMs} ms"
        + $"{(HasTwoLogDirectories ? ", two log directories" : "")}{(IsDurable ? ", durability=fsync" : "")}{(DeletesRecords ? ", records deleted" : "")}{(Retention is null ? "" : $", {Retention}")}{(Group is null ? "" : $", {Group}")}"
        + $"{(Compaction is null ? "" : $", {Compaction}")}{(Transactions is null ? "" : $", {Transactions}")}, faults:\n  "
        + string.Join("\n  ", Faults.Select(entry => $"[{entry.Place}] {entry.Fault}"));

    /// <summary>Is there one more producer, one with <c>acks=0</c>? Drawn apart, so that the rest of a seed stays as it is.</summary>
    private static bool SendsWithoutAcknowledgement(ulong seed) => new SeededRandomSource(seed ^ 0xA00F).OneIn(3);

    /// <summary>Do replicas sync before they count as having a record? Drawn apart, so that the rest of a seed stays as it is.</summary>
    private static bool IsDrawnDurable(ulong seed) => new SeededRandomSource(seed ^ 0xB00C).OneIn(6);

    private List<Fault> DrawFaults()
    {
        var random = new SeededRandomSource(Seed ^ 0xFA17);
        var faults = new List<Fault>();
        IReadOnlyList<FaultKind> kinds = Compaction is { } && FaultKinds.Count > 0 ? [.. FaultKinds, FaultKind.KillMidClean] : FaultKinds;
        if (kinds.Count == 0)
        {
            return faults;
        }

        for (var atMs = 200 + random.Next(1000); atMs < LoadMs; atMs += 50 + random.Next(FaultGapMsMax))
        {
            var broker = random.Next(Brokers);
            faults.Add(new Fault(
                atMs,
                kinds[random.Next(kinds.Count)],
                broker,
                (broker + 1 + random.Next(Brokers - 1)) % Brokers,
                Math.Min(FaultMsMax, random.OneIn(4) ? 9000 : 100 + random.Next(3000))));
        }

        return faults;
    }
}
