namespace ClassicBroker.Testing.Files;

/// <summary>The names in a directory, as processes see them and as a crash would leave them. Guarded by the file system's lock.</summary>
internal sealed class SimulatedDirectory : SimulatedNode
{
    private Dictionary<string, SimulatedNode>.AlternateLookup<ReadOnlySpan<char>> _names;

    public SimulatedDirectory() => _names = Live.GetAlternateLookup<ReadOnlySpan<char>>();

    public Dictionary<string, SimulatedNode> Live { get; private set; } = new(StringComparer.Ordinal);

    public Dictionary<string, SimulatedNode> Durable { get; } = new(StringComparer.Ordinal);

    /// <summary>What is there, by name.</summary>
    public IEnumerable<KeyValuePair<string, SimulatedNode>> InOrder => Live.OrderBy(child => child.Key, StringComparer.Ordinal);

    public SimulatedNode? Find(ReadOnlySpan<char> name) => _names.TryGetValue(name, out var node) ? node : null;

    /// <summary>Goes back to what is durable, here and below.</summary>
    public void Revert()
    {
        Live = new(Durable, StringComparer.Ordinal);
        _names = Live.GetAlternateLookup<ReadOnlySpan<char>>();
        foreach (var child in Live.Values.OfType<SimulatedDirectory>())
        {
            child.Revert();
        }
    }

    /// <summary>All files below, in order of their names.</summary>
    public IEnumerable<SimulatedContent> Files() => InOrder.SelectMany(
        child => child.Value switch
        {
            SimulatedContent content => [content],
            SimulatedDirectory directory => directory.Files(),
            _ => Enumerable.Empty<SimulatedContent>(),
        });
}
