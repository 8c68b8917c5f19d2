namespace ClassicBroker.Protocol.Generator;

/// <summary>
/// One schema file and the classes it became. Equal where path and text are, which is what lets the compiler reuse the outcome of an
/// unchanged file.
/// </summary>
internal sealed class CompiledSchema : IEquatable<CompiledSchema>
{
    private readonly string _text;

    private CompiledSchema(string path, string text, SchemaFile file)
    {
        Path = path;
        _text = text;
        File = file;
        Sources = file.Errors.Count > 0
            ? []
            : [.. file.Apis.Select(api => (api.Name, MessageEmitter.EmitApi(api))),
               .. file.Data.Select(message => (message.Name, MessageEmitter.EmitData(message)))];
    }

    public string Path { get; }

    public SchemaFile File { get; }

    /// <summary>Hint name and C# of each API and each message outside one.</summary>
    public IReadOnlyList<(string Name, string Code)> Sources { get; }

    public static CompiledSchema Compile(string path, string text) => new(path, text, SchemaParser.Parse(text));

    public bool Equals(CompiledSchema? other) => other is not null && Path == other.Path && _text == other._text;

    public override bool Equals(object? obj) => Equals(obj as CompiledSchema);

    public override int GetHashCode() => Path.GetHashCode() ^ _text.GetHashCode();
}
