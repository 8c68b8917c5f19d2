namespace ClassicBroker.Simulation.Runs;

/// <summary>A run broke what must always hold.</summary>
/// <param name="invariant">Its id, such as W4.</param>
/// <param name="what">What was seen.</param>
public sealed class InvariantBrokenException(string invariant, string what) : Exception($"{invariant}: {what}")
{
    public string Invariant { get; } = invariant;
}
