using System.Globalization;
using ClassicBroker.Metadata.Znodes;
using ClassicBroker.Primitives;

namespace ClassicBroker.Tools.Configs;

/// <summary>
/// Whose config <c>kafka-configs.sh</c> looks at: an entity of a type, by name, the default of the type, or all of them. Immutable.
/// </summary>
/// <param name="Type">The word behind <c>--entity-type</c>: topics, clients, users, brokers, broker-loggers or ips.</param>
/// <param name="Name">The entity; null for the default, or, where <paramref name="IsAll"/>, for every one.</param>
/// <param name="IsAll">Whether no name was given at all.</param>
internal sealed record ConfigEntity(string Type, string? Name, bool IsAll)
{
    public const string BrokerLoggers = "broker-loggers";

    /// <summary>Subscriptions to metrics of clients (KIP-714), which only a cluster with KRaft has.</summary>
    public const string ClientMetrics = "client-metrics";

    public bool IsDefault => Name is null && !IsAll;

    /// <summary>The type in the singular, as it stands in sentences: <c>topic</c>.</summary>
    public string Singular => Type == ClientMetrics ? Type : Type[..^1];

    /// <summary>The number that the name of a broker, or of a broker's loggers, stands for: <c>+1</c> and <c>01</c> are broker 1.</summary>
    public int BrokerId =>
        Name is not null && JavaText.TryParseInt(Name, out var id)
            ? id
            : throw new ToolException($"The entity name for {Type} must be a valid integer broker id, but it is: {Name}");

    /// <summary>The part of the znode's path that stands for the entity.</summary>
    public string ZnodeName =>
        Name is null ? ConfigEntityZnode.DefaultEntity
        : Type is ConfigEntityZnode.Users or ConfigEntityZnode.Clients ? Sanitizer.Sanitize(Name)
        : Type is ConfigEntityZnode.Brokers ? BrokerId.ToString(CultureInfo.InvariantCulture)
        : Name;

    /// <summary>The entity in the words of the tools that wrote ZooKeeper: <c>user-principal 'u'</c>.</summary>
    public string ZooKeeperText
    {
        get
        {
            var word = Type switch
            {
                ConfigEntityZnode.Users => "user-principal",
                ConfigEntityZnode.Clients => "client-id",
                ConfigEntityZnode.Brokers => Type,
                _ => Singular,
            };
            return Name is null ? $"default {word}" : $"{word} '{Name}'";
        }
    }
}
