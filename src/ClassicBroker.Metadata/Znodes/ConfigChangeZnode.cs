using ClassicBroker.Primitives;

namespace ClassicBroker.Metadata.Znodes;

/// <summary>
/// <c>/config/changes/config_change_N</c>, sequential: tells every broker which entity's config to read again. Version 1, of brokers
/// before 0.10, names type and entity apart.
/// </summary>
public static class ConfigChangeZnode
{
    public const string ParentPath = "/config/changes";

    public const string SequencePrefix = "config_change_";

    public static string Path(string name) => $"{ParentPath}/{ZnodeName.Of("notification", name)}";

    /// <param name="entityPath">The path below <c>/config</c>, such as <c>topics/t1</c> or <c>users/u1/clients/c1</c>.</param>
    public static byte[] Encode(string entityPath) => ZnodeWriter.Object(2, json => json.WriteString("entity_path", entityPath));

    /// <summary>The entity that changed: its type and, below that, its name as in the path.</summary>
    /// <exception cref="MalformedDataException">The notification names no entity that there can be.</exception>
    public static (string Type, string Name) Decode(string name, ReadOnlySpan<byte> data)
    {
        var json = ZnodeReader.Parse(Path(name), data);
        switch (json.Int("version"))
        {
            case 1:
                var type = json.Text("entity_type");
                return type is ConfigEntityZnode.Topics or ConfigEntityZnode.Clients
                    ? Entity(json, "entity_name", type, json.Text("entity_name"))
                    : throw json.Wrong("entity_type", "topics or clients");
            case 2:
                var path = json.Text("entity_path");
                var slash = path.IndexOf('/', StringComparison.Ordinal);
                return slash > 0
                    ? Entity(json, "entity_path", path[..slash], path[(slash + 1)..])
                    : throw json.Wrong("entity_path", "a type and a name");
            default:
                throw json.Wrong("version", "1 or 2");
        }
    }

    private static (string Type, string Name) Entity(ZnodeReader json, string key, string type, string name) =>
        !ConfigEntityZnode.Types.Contains(type) ? throw json.Wrong(key, $"of one of the types {string.Join(", ", ConfigEntityZnode.Types)}")
        : ConfigEntityZnode.IsValidName(type, name) ? (type, name)
        : throw json.Wrong(key, $"the name of one of the {type}");
}
