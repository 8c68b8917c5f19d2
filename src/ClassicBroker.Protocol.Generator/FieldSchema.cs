namespace ClassicBroker.Protocol.Generator;

/// <summary>One field of a message, as its line in the schema says.</summary>
internal sealed class FieldSchema(string name, string typeName, int line)
{
    public string Name { get; } = name;

    /// <summary>The word of the schema, without array and nullability marks.</summary>
    public string TypeName { get; } = typeName;

    public int Line { get; } = line;

    public FieldKind Kind { get; set; }

    public bool IsArray { get; set; }

    /// <summary>Set where <see cref="Kind"/> is <see cref="FieldKind.Struct"/>.</summary>
    public StructSchema? Struct { get; set; }

    public VersionRange Versions { get; set; }

    /// <summary>The versions in which null has an encoding.</summary>
    public VersionRange Nullable { get; set; } = VersionRange.None;

    public int? Tag { get; set; }

    /// <summary>The text after <c>=</c>, if any.</summary>
    public string? Default { get; set; }

    public bool Ignorable { get; set; }

    /// <summary>Keeps the encoding of old versions in flexible ones: the client id of the request header alone.</summary>
    public bool Inflexible { get; set; }

    /// <summary>Where an error answer takes this field from.</summary>
    public List<ErrorSource> ErrorSources { get; } = [];

    /// <summary>The value it has in an error answer, if that is not its default.</summary>
    public string? FailedValue { get; set; }

    public bool DefaultsToNull => Default == "null";

    /// <summary>A single struct behind a tag: null in C# stands for absent on the wire.</summary>
    public bool IsTaggedStruct => Tag is not null && Kind == FieldKind.Struct && !IsArray;
}
