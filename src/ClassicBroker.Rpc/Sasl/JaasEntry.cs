namespace ClassicBroker.Rpc.Sasl;

/// <summary>
/// One login module of a JAAS configuration: its Java class name, which stands for a mechanism here and loads nothing, and its options,
/// which hold secrets. Immutable.
/// </summary>
public sealed record JaasEntry(string Module, IReadOnlyDictionary<string, string> Options)
{
    public string? Option(string name) => Options.GetValueOrDefault(name);

    public override string ToString() => Module;
}
