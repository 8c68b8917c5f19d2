using ClassicBroker.Testing;

namespace ClassicBroker.Simulation.Runs.Transactions;

/// <summary>
/// The transactional part of a run's load: producers that write to several partitions of a topic, workers that copy a topic exactly once,
/// and how old their clients are. Immutable.
/// </summary>
internal sealed record TransactionShape
{
    private static readonly short[] AddPartitionsVersions = [0, 1, 2, 3, 4, 5];

    /// <summary>Producers that only write.</summary>
    public required int Producers { get; init; }

    /// <summary>Is there a flow back too, so that records go round?</summary>
    public required bool Echoes { get; init; }

    /// <summary>Partitions of each coordinator's topic.</summary>
    public required int CoordinatorPartitions { get; init; }

    /// <summary><c>transaction.timeout.ms</c> of the clients.</summary>
    public required int TimeoutMs { get; init; }

    /// <summary>The version in which partitions are added; from 4 on as brokers ask.</summary>
    public required short AddPartitionsVersion { get; init; }

    public required short ProduceVersion { get; init; }

    /// <summary>Do workers ask for stable offsets only (KIP-447)?</summary>
    public required bool RequiresStable { get; init; }

    /// <summary>Is what clients send late now and then, later than they wait for?</summary>
    public required bool SlowsClients { get; init; }

    /// <summary>Are the topics compacted while they are written, each record having a key of its own?</summary>
    public required bool IsCompacted { get; init; }

    /// <summary>The load of a seed; null for a run without transactions.</summary>
    public static TransactionShape? Draw(ulong seed)
    {
        var random = new SeededRandomSource(seed ^ 0x7A45AC);
        return random.OneIn(2) ? Draw(random) : null;
    }

    /// <summary>The load of a seed that is to have one.</summary>
    public static TransactionShape DrawAlways(ulong seed) => Draw(new SeededRandomSource(seed ^ 0x7A45AC));

    private static TransactionShape Draw(SeededRandomSource random) => new()
    {
        Producers = 1 + random.Next(2),
        Echoes = random.OneIn(2),
        CoordinatorPartitions = 1 + random.Next(2),
        TimeoutMs = 1000 + (1000 * random.Next(5)),
        AddPartitionsVersion = AddPartitionsVersions[random.Next(AddPartitionsVersions.Length)],
        ProduceVersion = (short)(3 + random.Next(9)),
        RequiresStable = random.OneIn(2),
        SlowsClients = random.OneIn(2),
        IsCompacted = random.OneIn(4),
    };

    public override string ToString() =>
        $"{Producers} transactional producers, workers{(Echoes ? " both ways" : "")}, {CoordinatorPartitions} coordinator partitions, "
        + $"transactions of {TimeoutMs} ms, AddPartitionsToTxn {AddPartitionsVersion}, Produce {ProduceVersion}"
        + $"{(RequiresStable ? ", stable offsets" : "")}{(SlowsClients ? ", slow clients" : "")}{(IsCompacted ? ", compacted topics" : "")}";
}
