namespace ClassicBroker.Protocol.Generator;

/// <summary>A message body or a structure nested in one: a name and fields in wire order.</summary>
internal sealed class StructSchema(string name, int line)
{
    public string Name { get; } = name;

    public int Line { get; } = line;

    /// <summary>The versions in which an instance can occur.</summary>
    public VersionRange Versions { get; set; }

    public List<FieldSchema> Fields { get; } = [];

    /// <summary>Arrays of these, or of what contains one, are counted against the smallest encoding.</summary>
    public bool NeedsMinimumSize { get; set; }
}
