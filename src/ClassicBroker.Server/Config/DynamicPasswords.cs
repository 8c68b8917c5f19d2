using ClassicBroker.Metadata.Passwords;
using ClassicBroker.Metadata.Stores;
using ClassicBroker.Metadata.Znodes;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Server.Config;

/// <summary>
/// Stands between what ZooKeeper keeps of a broker's dynamic values, passwords encoded, and what the broker works with. The secret is that
/// of the file. Immutable; any loop.
/// </summary>
public sealed partial class DynamicPasswords
{
    private readonly PasswordEncoder? _current;
    private readonly PasswordEncoder? _previous;
    private readonly ILogger<DynamicPasswords> _logger;

    public DynamicPasswords(KafkaConfig file, IRandomSource random, ILogger<DynamicPasswords> logger)
    {
        _current = Encoder(file, "password.encoder.secret", random);
        _previous = Encoder(file, "password.encoder.old.secret", random);
        _logger = logger;
    }

    /// <summary>The values with their passwords readable; one that cannot be read is left out and logged.</summary>
    public SortedDictionary<string, string> Decode(SortedDictionary<string, string> stored)
    {
        var values = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (key, value) in stored)
        {
            if (!IsPassword(key))
            {
                values[key] = value;
            }
            else if (TryDecode(_current, value, out var password))
            {
                values[key] = password;
            }
            else
            {
                LogUnreadable(key);
            }
        }

        return values;
    }

    /// <summary>The values as they are stored.</summary>
    /// <exception cref="ConfigException">There is a password and no secret, or the settings of the encoder cannot be used.</exception>
    public SortedDictionary<string, string> Encode(SortedDictionary<string, string> values)
    {
        var stored = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (key, value) in values)
        {
            stored[key] = IsPassword(key) ? Encode(value) : value;
        }

        return stored;
    }

    /// <summary>Encodes with the present secret what is still encoded with the one before. Once, at start.</summary>
    public async Task RotateAsync(ConfigStore store, BrokerId broker)
    {
        if (_current is null || _previous is null
            || await store.TryGetAsync(ConfigEntityZnode.Brokers, broker.ToString()) is not { } stored)
        {
            return;
        }

        var old = stored.Where(entry => IsPassword(entry.Key) && !TryDecode(_current, entry.Value, out _)).ToList();
        var isChanged = false;
        foreach (var (key, value) in old)
        {
            if (TryDecode(_previous, value, out var password))
            {
                stored[key] = Encode(password);
                isChanged = true;
            }
        }

        if (isChanged)
        {
            await store.SetOrCreateAsync(ConfigEntityZnode.Brokers, broker.ToString(), stored);
        }
    }

    private string Encode(string password)
    {
        try
        {
            return (_current ?? throw new ConfigException("Password encoder secret not configured")).Encode(password);
        }
        catch (PasswordEncodingException failure)
        {
            throw new ConfigException(failure.Message);
        }
    }

    /// <summary>With a secret of the file; null where that has none.</summary>
    private static PasswordEncoder? Encoder(KafkaConfig file, string secretKey, IRandomSource random)
    {
        var values = file.Values;
        return values.StringOrNull(secretKey) is { Length: > 0 } secret
            ? new PasswordEncoder(
                secret,
                new PasswordEncoding
                {
                    KeyFactory = values.StringOrNull("password.encoder.keyfactory.algorithm") ?? PasswordEncoding.DefaultKeyFactory,
                    Cipher = values.String("password.encoder.cipher.algorithm"),
                    KeyBits = values.Int("password.encoder.key.length"),
                    Iterations = values.Int("password.encoder.iterations"),
                },
                random)
            : null;
    }

    private static bool IsPassword(string key) => BrokerConfigDefinition.Resolve(key) is { IsSensitive: true };

    private static bool TryDecode(PasswordEncoder? encoder, string encoded, out string password)
    {
        password = "";
        try
        {
            password = encoder?.Decode(encoded) ?? "";
            return encoder is not null;
        }
        catch (PasswordEncodingException)
        {
            return false;
        }
    }

    [LoggerMessage(
        Level = LogLevel.Error,
        Message = "Dynamic password config {Key} could not be decoded, ignoring: it was encoded with another password.encoder.secret")]
    private partial void LogUnreadable(string key);
}
