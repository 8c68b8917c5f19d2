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

    /// <param name="type">One of <see cref="Types"/>, or the clients of a user such as <c>users/u1/clients</c>.</param>
    public static string TypePath(string type) =>
        $"{RootPath}/{string.Join('/', type.Split('/').Select(part => ZnodeName.Of("entity", part)))}";

    /// <param name="type">One of <see cref="Types"/>.</param>
    /// <param name="name">The entity's name, sanitized for users and clients; such as <c>u1/clients/c1</c> for a client of a user.</param>
    /// <exception cref="InvalidZnodeNameException">The name is none of an entity of this type.</exception>
    public static string Path(string type, string name) =>
        IsValidName(type, name) ? $"{TypePath(type)}/{name}" : throw new InvalidZnodeNameException(type, name);

    /// <summary>True where the name can be that of an entity: one component, or a client of a user.</summary>
    public static bool IsValidName(string type, string name) =>
        name.Split('/') is var parts && parts.All(ZnodeName.IsValid)
        && (parts.Length == 1 || (type == Users && parts is [_, Clients, _]));

    public static byte[] Encode(IReadOnlyDictionary<string, string> config) =>
        ZnodeWriter.Object(1, json =>
        {
            json.WriteStartObject("config");
            foreach (var (key, value) in KafkaKeyOrder.Sort(config))
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
