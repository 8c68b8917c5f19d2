namespace ClassicBroker.Metadata.Znodes;

/// <summary>
/// <c>/config/TYPE/NAME</c>: overrides of a topic, client, user, broker or ip, every value a string. Users may have clients below
/// them; <c>&lt;default&gt;</c>, literally, stands for those without their own.
/// </summary>
public static class ConfigEntityZnode
{
    public const string RootPath = "/config";

    public const string Topics = "topics";

    public const string Clients = "clients";

    public const string Users = "users";

    public const string Brokers = "brokers";

    public const string Ips = "ips";

    public const string DefaultEntity = "<default>";

    /// <summary>All entity types in the order brokers create them.</summary>
    public static readonly IReadOnlyList<string> Types = [Topics, Clients, Users, Brokers, Ips];

    public static string TypePath(string type) => $"{RootPath}/{type}";

    /// <param name="type">One of <see cref="Types"/>.</param>
    /// <param name="name">The entity's name, sanitized for users and clients; such as <c>u1/clients/c1</c> for a client of a user.</param>
    public static string Path(string type, string name) => $"{RootPath}/{type}/{name}";

    public static byte[] Encode(IReadOnlyDictionary<string, string> config) =>
        ZnodeWriter.Object(1, json =>
        {
            json.WriteStartObject("config");
            foreach (var (key, value) in config.OrderBy(entry => entry.Key, StringComparer.Ordinal))
            {
                json.WriteString(key, value);
            }

            json.WriteEndObject();
        });

    /// <summary>The overrides, by key; none where the znode is empty.</summary>
    public static SortedDictionary<string, string> Decode(string path, ReadOnlySpan<byte> data)
    {
        var config = new SortedDictionary<string, string>(StringComparer.Ordinal);
        if (data.IsEmpty)
        {
            return config;
        }

        foreach (var (key, value) in ZnodeReader.Parse(path, data).TextsByName("config"))
        {
            config[key] = value;
        }

        return config;
    }
}
