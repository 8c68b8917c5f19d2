namespace ClassicBroker.Simulation.Runs;

/// <summary>
/// Load of a kind that only some runs have, beside the producers and consumers all have: clients of its own, the partitions they need, and
/// what must be true of both. Threading: the run's thread.
/// </summary>
internal interface ISimulatedLoad
{
    /// <summary>What is committed in the partitions it lives by, beyond those of the run's own topic.</summary>
    IReadOnlyList<ICommittedLog> Logs { get; }

    /// <summary>Its clients, for the failures they end with.</summary>
    IEnumerable<Task> Clients { get; }

    /// <summary>Begins, with the faults of the run.</summary>
    void Start();

    /// <summary>Looks at what must hold at every moment, after each step of the clock.</summary>
    void Check();

    /// <summary>The time of faults is over.</summary>
    void Settle();

    /// <summary>The cluster is whole again: waits for what must come true in time, checks what must be true in the end, and ends its clients.</summary>
    /// <param name="await">Lets time pass until a condition holds; fails with an invariant where it does not within a time.</param>
    void Finish(Action<TimeSpan, string, string, Func<bool>> await);
}
