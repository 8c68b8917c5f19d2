using ClassicBroker.Testing;

namespace ClassicBroker.Simulation.Runs.Groups;

/// <summary>What a seed makes of the consumer group of a run. Immutable.</summary>
internal sealed record GroupWorkload
{
    public const string GroupId = "g";

    /// <summary>Longer than a run.</summary>
    public const int UsualRetentionCheckMs = 600_000;

    /// <summary>Of 25 runs: with transactions and deletions they leave a group to a fifth of all.</summary>
    private const int RunsOf25 = 16;

    public required int Members { get; init; }

    /// <summary>Has each member a <c>group.instance.id</c> (KIP-345)?</summary>
    public required bool IsStatic { get; init; }

    /// <summary>Do members keep what they own through a rebalance (KIP-429)?</summary>
    public required bool IsCooperative { get; init; }

    public required int SessionTimeoutMs { get; init; }

    public required int RebalanceTimeoutMs { get; init; }

    /// <summary><c>group.initial.rebalance.delay.ms</c>.</summary>
    public required int InitialDelayMs { get; init; }

    /// <summary>The version of OffsetCommit; up to 4 a commit may say itself how long it is kept.</summary>
    public required short CommitVersion { get; init; }

    /// <summary>What members do besides working, each in its turn; empty where they only work.</summary>
    public required IReadOnlyList<MemberTurn> Turns { get; init; }

    /// <summary><c>offsets.retention.check.interval.ms</c>.</summary>
    public int RetentionCheckMs { get; init; } = UsualRetentionCheckMs;

    /// <summary>Do all members leave together from time to time, so that the group is empty?</summary>
    public bool LeavesTogether { get; init; }

    /// <summary>The group of a seed; null where its run has none.</summary>
    public static GroupWorkload? Draw(ulong seed)
    {
        var random = new SeededRandomSource(seed ^ 0x6809);
        return random.Next(25) < RunsOf25 ? Draw(random) : null;
    }

    /// <summary>A group for any seed.</summary>
    public static GroupWorkload DrawAlways(ulong seed) => Draw(new SeededRandomSource(seed ^ 0x6809));

    public override string ToString() =>
        $"{Members} {(IsStatic ? "static" : "dynamic")} {(IsCooperative ? "cooperative" : "eager")} members, session {SessionTimeoutMs} ms, "
        + $"rebalance {RebalanceTimeoutMs} ms, delay {InitialDelayMs} ms, {string.Join(' ', Turns)}";

    private static GroupWorkload Draw(SeededRandomSource random)
    {
        var isStatic = random.OneIn(3);
        return new()
        {
            Members = 1 + random.Next(4),
            IsStatic = isStatic,
            IsCooperative = random.OneIn(2),
            SessionTimeoutMs = 800 + random.Next(1500),
            RebalanceTimeoutMs = 1000 + random.Next(2000),
            InitialDelayMs = random.OneIn(2) ? 0 : 300,
            CommitVersion = (short)(isStatic || random.OneIn(2) ? 8 : 4),
            Turns = [.. Enum.GetValues<MemberTurn>().Where(_ => random.OneIn(2))],
            LeavesTogether = random.OneIn(4),
        };
    }
}
