namespace ClassicBroker.Rpc.Authorization;

/// <summary>The resources of a request that its client may not touch; none where nothing is guarded. Immutable.</summary>
public readonly struct RefusedNames
{
    private readonly HashSet<string>? _names;

    public RefusedNames(HashSet<string>? names) => _names = names;

    public bool Contains(string name) => _names is not null && _names.Contains(name);
}
