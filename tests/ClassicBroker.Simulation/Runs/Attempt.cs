using ClassicBroker.Simulation.Bugs;

namespace ClassicBroker.Simulation.Runs;

/// <summary>A run and how it ended.</summary>
/// <param name="Scenario">What was run.</param>
/// <param name="Invariant">What it broke, such as W4; the name of an exception where the code failed in another way; null for a clean run.</param>
/// <param name="Message">What was seen; null for a clean run.</param>
/// <param name="Outcome">What a clean run came to.</param>
internal sealed record Attempt(Scenario Scenario, string? Invariant, string? Message, RunOutcome Outcome)
{
    public bool IsClean => Invariant is null;

    /// <summary>
    /// Runs a scenario, with the bug of that name where one is given: what that needs of the load it says itself.
    /// </summary>
    public static Attempt At(Scenario scenario, string? bugName, TextWriter? output = null)
    {
        var bug = bugName is null ? null : PlantedBugs.Make(bugName);
        scenario = bug?.Adapt(scenario.WithoutTransactions) ?? scenario;
        try
        {
            return new Attempt(scenario, null, null, ClusterRun.Execute(scenario, bug, output));
        }
        catch (InvariantBrokenException broken)
        {
            return new Attempt(scenario, broken.Invariant, broken.Message, default);
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            // What a broker's loop throws would have ended its process: the run has failed whatever it is.
            return new Attempt(scenario, failure.GetType().Name, failure.ToString(), default);
        }
    }
}
