namespace ClassicBroker.Simulation.Runs.Groups;

/// <summary>As whom a member speaks to the coordinator.</summary>
/// <param name="Id">The id the coordinator gave it; empty before.</param>
/// <param name="InstanceId">Its own name where it is static; else null.</param>
/// <param name="Generation">The generation it joined; negative for none.</param>
internal readonly record struct MemberIdentity(string Id, string? InstanceId, int Generation)
{
    public const int NoGeneration = -1;
}
