using ClassicBroker.Simulation.Tests.Runs;
using ClassicBroker.Testing;

namespace ClassicBroker.Simulation.Tests;

/// <summary>A fixed few of the runs that <c>scripts/simulate.sh</c> makes by the thousand.</summary>
public sealed class SimulationTests
{
    public static TheoryData<ulong> FixedSeeds => [.. Seeds.From([.. Enumerable.Range(1, 40).Select(seed => (ulong)seed)])];

    [Theory]
    [MemberData(nameof(FixedSeeds))]
    public void A_cluster_keeps_what_it_acknowledged_through_all_its_faults(ulong seed)
    {
        var scenario = Scenario.Draw(seed);
        try
        {
            ClusterRun.Execute(scenario);
        }
        catch (Exception failure)
        {
            throw new InvalidOperationException($"{failure.Message}\n{Seeds.Variable}={seed} runs it again.\n{scenario}", failure);
        }
    }
}
