namespace ClassicBroker.Testing.Files;

/// <summary>
/// A change of names that is not durable yet: of a creation, a deletion, or, whole or not at all, a rename.
/// </summary>
internal sealed record NameChange(
    SimulatedDirectory? RemovedFrom, string? RemovedName, SimulatedDirectory? AddedTo, string? AddedName, SimulatedNode? Node)
{
    public bool Concerns(SimulatedDirectory directory) => RemovedFrom == directory || AddedTo == directory;

    public void ApplyLive()
    {
        RemovedFrom?.Live.Remove(RemovedName!);
        if (AddedTo is not null)
        {
            AddedTo.Live[AddedName!] = Node!;
        }
    }

    public void ApplyDurable()
    {
        RemovedFrom?.Durable.Remove(RemovedName!);
        if (AddedTo is not null)
        {
            AddedTo.Durable[AddedName!] = Node!;
        }
    }
}
