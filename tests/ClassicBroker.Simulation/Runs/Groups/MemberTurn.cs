namespace ClassicBroker.Simulation.Runs.Groups;

/// <summary>What befalls a member of a simulated group after it has worked for a while.</summary>
internal enum MemberTurn
{
    /// <summary>It leaves in order, and comes back as another.</summary>
    Leave,

    /// <summary>Its process ends without a word; a static member comes back under its name.</summary>
    Crash,

    /// <summary>Its process stands still for longer than its session, and goes on as if nothing had been.</summary>
    Freeze,

    /// <summary>It sends heartbeats and works on, and does not rejoin when the group rebalances.</summary>
    IgnoreRebalances,
}
