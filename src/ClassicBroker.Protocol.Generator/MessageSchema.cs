namespace ClassicBroker.Protocol.Generator;

/// <summary>A request, a response or a stored value, with all structures it contains.</summary>
internal sealed class MessageSchema(StructSchema body, VersionRange versions, VersionRange flexible)
{
    public StructSchema Body { get; } = body;

    public string Name => Body.Name;

    public VersionRange Versions { get; } = versions;

    /// <summary>The versions with compact lengths and tagged fields (KIP-482).</summary>
    public VersionRange Flexible { get; } = flexible;

    /// <summary>Somewhere in it are records, which are read as slices of the frame.</summary>
    public bool CarriesRecords =>
        Structs.Append(Body).SelectMany(structure => structure.Fields).Any(candidate => candidate.Kind == FieldKind.Records);

    /// <summary>Every structure below the body, in order of appearance.</summary>
    public List<StructSchema> Structs { get; } = [];
}
