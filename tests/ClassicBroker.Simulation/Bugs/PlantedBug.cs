using ClassicBroker.Platform;
using ClassicBroker.Replication.Partitions;
using ClassicBroker.Simulation.Ports;
using ClassicBroker.Simulation.Runs;
using ClassicBroker.ZooKeeper;

namespace ClassicBroker.Simulation.Bugs;

/// <summary>
/// A mistake a broker could make, made on purpose where the broker meets the world: at its files, its ZooKeeper session, its connections,
/// its configuration; or in a rule that it is given. The broker itself is the product, unchanged, so that no switch exists in it. One is
/// made for each run.
/// </summary>
internal sealed record PlantedBug
{
    /// <summary>Its name on the command line.</summary>
    public required string Name { get; init; }

    /// <summary>The mistake, as a table tells it.</summary>
    public required string What { get; init; }

    /// <summary>The invariants that are to catch it; any of them will do.</summary>
    public required string[] Invariants { get; init; }

    /// <summary>Gives the run what the mistake needs to show: a protocol version, kinds of fault.</summary>
    public Func<Scenario, Scenario> Adapt { get; init; } = scenario => scenario;

    public Func<IFileSystem, IFileSystem>? Files { get; init; }

    public Func<IZooKeeper, IZooKeeper>? ZooKeeper { get; init; }

    public FrameRewriting? Traffic { get; init; }

    /// <summary>Which followers a leader takes into the ISR.</summary>
    public Func<FollowerProgress, bool>? MayJoinIsr { get; init; }

    /// <summary>Lines of <c>server.properties</c> that override the run's.</summary>
    public string[] Properties { get; init; } = [];
}
