namespace ClassicBroker.Testing.Files;

/// <summary>The names in a directory, as processes see them and as a crash would leave them. Guarded by the file system's lock.</summary>
internal sealed class SimulatedDirectory : SimulatedNode
{
    public SortedDictionary<string, SimulatedNode> Live { get; private set; } = new(StringComparer.Ordinal);

    public SortedDictionary<string, SimulatedNode> Durable { get; } = new(StringComparer.Ordinal);

    /// <summary>Goes back to what is durable, here and below.</summary>
    public void Revert()
    {
        Live = new(Durable, StringComparer.Ordinal);
        foreach (var child in Live.Values.OfType<SimulatedDirectory>())
        {
            child.Revert();
        }
    }

    /// <summary>All files below, in order of their names.</summary>
    public IEnumerable<SimulatedContent> Files() => Live.Values.SelectMany(
        node => node switch
        {
            SimulatedContent content => [content],
            SimulatedDirectory directory => directory.Files(),
            _ => Enumerable.Empty<SimulatedContent>(),
        });
}
