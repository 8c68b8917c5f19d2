namespace ClassicBroker.Metadata.Znodes;

/// <summary>
/// <c>/config/changes/config_change_N</c>, sequential: tells every broker which entity's config to read again. Version 1, of brokers
/// before 0.10, names type and entity apart.
/// </summary>
public static class ConfigChangeZnode
{
    public const string ParentPath = "/config/changes";

    public const string SequencePrefix = "config_change_";

    public static string Path(string name) => $"{ParentPath}/{name}";

    /// <param name="entityPath">The path below <c>/config</c>, such as <c>topics/t1</c> or <c>users/u1/clients/c1</c>.</param>
    public static byte[] Encode(string entityPath) => ZnodeWriter.Object(2, json => json.WriteString("entity_path", entityPath));

    /// <summary>The path below <c>/config</c> of the entity that changed.</summary>
    public static string Decode(string name, ReadOnlySpan<byte> data)
    {
        var json = ZnodeReader.Parse(Path(name), data);
        switch (json.Int("version"))
        {
            case 1:
                var type = json.Text("entity_type");
                return type is ConfigEntityZnode.Topics or ConfigEntityZnode.Clients
                    ? $"{type}/{json.Text("entity_name")}"
                    : throw json.Wrong("entity_type", "topics or clients");
            case 2:
                return json.Text("entity_path");
            default:
                throw json.Wrong("version", "1 or 2");
        }
    }
}
