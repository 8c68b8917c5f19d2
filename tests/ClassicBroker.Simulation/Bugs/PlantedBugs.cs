namespace ClassicBroker.Simulation.Bugs;

/// <summary>All planted bugs by name. Immutable; each call makes one that no other run shares.</summary>
internal static class PlantedBugs
{
    private static readonly Func<PlantedBug>[] Makers =
    [
        .. ReplicationBugs.All, .. ControllerBugs.All, .. StorageBugs.All, .. GroupBugs.All, .. CleanerBugs.All, .. TransactionBugs.All,
    ];

    public static IReadOnlyList<string> Names { get; } = [.. Makers.Select(make => make().Name)];

    /// <summary>The bug of that name, whatever the case; null where there is none.</summary>
    public static PlantedBug? Make(string name) =>
        Makers.Select(make => make()).FirstOrDefault(bug => string.Equals(bug.Name, name, StringComparison.OrdinalIgnoreCase));
}
