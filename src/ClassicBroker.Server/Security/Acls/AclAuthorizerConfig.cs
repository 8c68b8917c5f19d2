using ClassicBroker.Rpc;
using ClassicBroker.Server.Config;

namespace ClassicBroker.Server.Security.Acls;

/// <summary>What <c>server.properties</c> says of the authorizer. Immutable.</summary>
internal sealed record AclAuthorizerConfig(IReadOnlySet<KafkaPrincipal> SuperUsers, bool AllowsWithoutAcls)
{
    public const string ClassKey = "authorizer.class.name";
    public const string SuperUsersKey = "super.users";
    public const string AllowKey = "allow.everyone.if.no.acl.found";

    /// <summary>Of a ZooKeeper of the authorizer's own.</summary>
    public const string OwnZooKeeperPrefix = Prefix + "zookeeper.";

    private const string Prefix = "authorizer.";
    private const string UrlKey = "zookeeper.url";
    private const string ConnectKey = "zookeeper.connect";
    private const string SetAclKey = "zookeeper.set.acl";

    /// <summary>Kafka's name, and that of Kafka 2.2.</summary>
    private static readonly string[] Names =
        ["kafka.security.authorizer.AclAuthorizer", "kafka.security.auth.SimpleAclAuthorizer"];

    private const string ForKRaft = "org.apache.kafka.metadata.authorizer.StandardAuthorizer";

    /// <summary>Keys of the authorizer that Kafka's broker itself does not know.</summary>
    public static bool IsKey(string key) =>
        key is SuperUsersKey or AllowKey || key.StartsWith(OwnZooKeeperPrefix, StringComparison.Ordinal);

    /// <summary>Null where no authorizer is asked for.</summary>
    /// <exception cref="ConfigException">What is asked for cannot be.</exception>
    public static AclAuthorizerConfig? Read(KafkaConfig config)
    {
        var name = config.Values.String(ClassKey).Trim();
        if (name.Length == 0)
        {
            return null;
        }

        if (!Names.Contains(name, StringComparer.Ordinal))
        {
            throw new ConfigException(
                ClassKey,
                name,
                name == ForKRaft
                    ? $"this authorizer needs KRaft mode; in ZooKeeper mode it is {Names[0]}"
                    : $"Class {name} could not be found.");
        }

        return new AclAuthorizerConfig(
            Principals(config.Originals.GetValueOrDefault(SuperUsersKey)), Flag(config.Originals.GetValueOrDefault(AllowKey)));
    }

    /// <summary>
    /// The configuration with what the keys <c>authorizer.zookeeper.*</c> say in place of the broker's own <c>zookeeper.*</c>; null where
    /// there are none, and the authorizer shares the broker's session.
    /// </summary>
    /// <exception cref="ConfigException">A value is wrong.</exception>
    public static KafkaConfig? OfOwnZooKeeper(KafkaConfig config, string canonicalHostName)
    {
        var own = config.Originals.Where(original => original.Key.StartsWith(OwnZooKeeperPrefix, StringComparison.Ordinal)).ToList();
        if (own.Count == 0)
        {
            return null;
        }

        var properties = new Dictionary<string, string>(config.Originals, StringComparer.Ordinal);
        foreach (var (key, value) in own)
        {
            var name = key[Prefix.Length..];
            properties[name == UrlKey ? ConnectKey : name] = value;
        }

        properties[SetAclKey] = config.ZooKeeperSetAcl ? "true" : "false";
        try
        {
            return KafkaConfig.From(properties, canonicalHostName);
        }
        catch (ConfigException refused)
        {
            throw new ConfigException($"The ZooKeeper of the authorizer, {OwnZooKeeperPrefix}*: {refused.Message}");
        }
    }

    private static HashSet<KafkaPrincipal> Principals(string? text)
    {
        var principals = new HashSet<KafkaPrincipal>();
        if (text is null || text.Trim().Length == 0)
        {
            return principals;
        }

        // As in Java, what lies behind the last separator only counts where there is something.
        foreach (var part in text.TrimEnd(';').Split(';'))
        {
            var principal = part.Trim();
            var colon = principal.IndexOf(':', StringComparison.Ordinal);
            principals.Add(colon > 0
                ? new(principal[..colon], principal[(colon + 1)..])
                : throw new ConfigException(
                    $"{SuperUsersKey}={text}: expected a string in format principalType:principalName but got {principal}"));
        }

        return principals;
    }

    private static bool Flag(string? text) => text?.Trim() switch
    {
        null => false,
        var flag when flag.Equals("true", StringComparison.OrdinalIgnoreCase) => true,
        var flag when flag.Equals("false", StringComparison.OrdinalIgnoreCase) => false,
        var flag => throw new ConfigException($"{AllowKey}: For input string: \"{flag}\""),
    };
}
