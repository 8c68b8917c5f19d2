using ClassicBroker.Metadata.Passwords;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;

namespace ClassicBroker.Tools.Configs;

/// <summary>
/// Makes of the configs of a broker what may lie in ZooKeeper, where no broker checks them first (KIP-226): passwords are encoded with
/// <c>password.encoder.*</c> of the same command, and these are not kept. Stateless.
/// </summary>
internal static class StoredBrokerConfigs
{
    private const string EncoderPrefix = "password.encoder.";
    private const string SecretKey = EncoderPrefix + "secret";
    private const string ListenerPrefix = "listener.name.";

    /// <summary>What one listener alone can have.</summary>
    private static readonly string[] KeysOfListener =
    [
        "ssl.key.password", "ssl.keystore.certificate.chain", "ssl.keystore.key", "ssl.keystore.location", "ssl.keystore.password",
        "ssl.keystore.type", "ssl.truststore.certificates", "ssl.truststore.location", "ssl.truststore.password", "ssl.truststore.type",
    ];

    /// <summary>What is a password, with whatever prefix.</summary>
    private static readonly string[] Passwords =
    [
        "sasl.jaas.config", "ssl.key.password", "ssl.keystore.certificate.chain", "ssl.keystore.key", "ssl.keystore.password",
        "ssl.truststore.certificates", "ssl.truststore.password",
    ];

    /// <summary>Secrets that a broker takes from its file alone.</summary>
    private static readonly string[] SecretsOfFile =
    [
        "delegation.token.master.key", "delegation.token.secret.key", "zookeeper.ssl.keystore.password",
        "zookeeper.ssl.truststore.password",
    ];

    /// <summary>What the default of all brokers can have for a listener.</summary>
    private static readonly string[] ClusterWideOfListener = ["max.connections", "max.connection.creation.rate", "num.network.threads"];

    /// <exception cref="ToolException">There is a password and no secret to encode it with.</exception>
    /// <exception cref="JavaFailure">A config cannot be stored so, or the passwords not encoded so.</exception>
    public static Dictionary<string, string> Prepare(IReadOnlyDictionary<string, string> added, bool isPerBroker, IRandomSource random)
    {
        var stored = added.Where(config => !IsOfEncoder(config.Key)).ToDictionary(StringComparer.Ordinal);
        Check(stored.Keys, isPerBroker);
        var passwords = stored.Keys.Where(IsPassword).Order(StringComparer.Ordinal).ToList();
        if (passwords.Count == 0)
        {
            return stored;
        }

        if (!added.TryGetValue(SecretKey, out var secret))
        {
            throw new ToolException(
                $"requirement failed: {SecretKey} must be specified to update {Set(passwords)}. Other password encoder configs like cipher "
                + "algorithm and iterations may also be specified to override the default encoding parameters. Password encoder configs "
                + "will not be persisted in ZooKeeper.");
        }

        var encoder = new PasswordEncoder(secret, Encoding(added), random);
        foreach (var key in passwords)
        {
            stored[key] = Encode(encoder, stored[key]);
        }

        return stored;
    }

    private static bool IsOfEncoder(string key) => key.StartsWith(EncoderPrefix, StringComparison.Ordinal);

    private static bool IsPassword(string key) => Passwords.Any(password => key.EndsWith(password, StringComparison.Ordinal));

    private static void Check(IReadOnlyCollection<string> keys, bool isPerBroker)
    {
        Refuse("Cannot update these configs dynamically", keys.Intersect(SecretsOfFile));
        Refuse(
            "These security configs can be dynamically updated only per-listener using the listener prefix", keys.Intersect(KeysOfListener));
        if (!isPerBroker)
        {
            Refuse("Cannot update these configs at default cluster level, broker id must be specified", keys.Where(IsOfOneBroker));
        }
    }

    private static bool IsOfOneBroker(string key)
    {
        var dot = key.StartsWith(ListenerPrefix, StringComparison.Ordinal)
            ? key.IndexOf('.', ListenerPrefix.Length)
            : -1;
        return dot >= 0
            ? !ClusterWideOfListener.Contains(key[(dot + 1)..])
            : ConfigNames.Brokers.Contains(key)
                && (key.StartsWith("sasl.", StringComparison.Ordinal)
                    || key.StartsWith("ssl.", StringComparison.Ordinal)
                    || key is "listeners" or "advertised.listeners" or "listener.security.protocol.map" or "principal.builder.class");
    }

    /// <summary>Kafka's tool takes no key factory, though it takes the key for one.</summary>
    private static PasswordEncoding Encoding(IReadOnlyDictionary<string, string> added)
    {
        var encoding = new PasswordEncoding();
        return encoding with
        {
            Cipher = added.GetValueOrDefault(EncoderPrefix + "cipher.algorithm", encoding.Cipher),
            KeyBits = Number("key.length", encoding.KeyBits),
            Iterations = Number("iterations", encoding.Iterations),
        };

        int Number(string key, int otherwise) =>
            !added.TryGetValue(EncoderPrefix + key, out var text) ? otherwise
            : JavaText.TryParseInt(text, out var number) && number > 0 ? number
            : throw new ToolException($"Invalid value {text} for configuration {EncoderPrefix}{key}: Not a number of type INT above 0");
    }

    private static string Encode(PasswordEncoder encoder, string password)
    {
        try
        {
            return encoder.Encode(password);
        }
        catch (PasswordEncodingException failure)
        {
            throw Refusal(failure.Message);
        }
    }

    private static void Refuse(string reason, IEnumerable<string> keys)
    {
        var refused = keys.Order(StringComparer.Ordinal).ToList();
        if (refused.Count > 0)
        {
            throw Refusal($"{reason}: {Set(refused)}");
        }
    }

    private static JavaFailure Refusal(string message) => new("org.apache.kafka.common.config.ConfigException", message);

    private static string Set(IEnumerable<string> keys) => $"Set({string.Join(", ", keys)})";
}
