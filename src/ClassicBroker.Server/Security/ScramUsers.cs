using ClassicBroker.Metadata.Stores;
using ClassicBroker.Metadata.Znodes;
using ClassicBroker.Platform;
using ClassicBroker.Rpc.Sasl;

namespace ClassicBroker.Server.Security;

/// <summary>The SCRAM credentials of users, kept in their config znodes beside their quotas. Stateless; any loop.</summary>
public sealed class ScramUsers(ConfigStore store)
{
    /// <summary>How many users a start looks at: what one migration left open is open for all of them.</summary>
    private const int LookedAtMax = 1000;

    public static readonly IReadOnlyList<ScramMechanism> Mechanisms = [ScramMechanism.Sha256, ScramMechanism.Sha512];

    /// <summary>All users that have a credential, by plain name.</summary>
    public async Task<SortedDictionary<string, IReadOnlyDictionary<ScramMechanism, ScramCredential>>> GetAllAsync()
    {
        var users = new SortedDictionary<string, IReadOnlyDictionary<ScramMechanism, ScramCredential>>(StringComparer.Ordinal);
        foreach (var (sanitized, config) in await store.GetAllAsync(ConfigEntityZnode.Users))
        {
            var credentials = Credentials(config);
            if (credentials.Count > 0 && sanitized != ConfigEntityZnode.DefaultEntity)
            {
                users[Sanitizer.Desanitize(sanitized)] = credentials;
            }
        }

        return users;
    }

    /// <summary>One of these users whose credentials everyone who reaches ZooKeeper can read; null where none is found.</summary>
    internal async Task<string?> FindReadableByWorldAsync(IEnumerable<string> users)
    {
        var lookedAt = users.Order(StringComparer.Ordinal).Take(LookedAtMax).ToList();
        var readable = await lookedAt
            .Select(user => store.IsReadableByWorldAsync(ConfigEntityZnode.Users, Sanitizer.Sanitize(user)))
            .AwaitAllAsync();
        var first = readable.IndexOf(true);
        return first < 0 ? null : lookedAt[first];
    }

    /// <summary>Sets credentials, or with null removes them, all of a user's in one write.</summary>
    public async Task AlterAsync(string user, IReadOnlyList<(ScramMechanism Mechanism, ScramCredential? Credential)> changes)
    {
        var name = Sanitizer.Sanitize(user);
        var config = await store.GetAsync(ConfigEntityZnode.Users, name);
        foreach (var (mechanism, credential) in changes)
        {
            if (credential is null)
            {
                config.Remove(mechanism.WireName());
            }
            else
            {
                config[mechanism.WireName()] = credential.ToZnodeText();
            }
        }

        await store.ChangeAsync(ConfigEntityZnode.Users, name, config);
    }

    /// <summary>The credentials in a user's configuration; what cannot be read is none.</summary>
    internal static SortedDictionary<ScramMechanism, ScramCredential> Credentials(SortedDictionary<string, string> config)
    {
        var credentials = new SortedDictionary<ScramMechanism, ScramCredential>();
        foreach (var mechanism in Mechanisms)
        {
            if (config.TryGetValue(mechanism.WireName(), out var text) && ScramCredential.TryParse(text) is { } credential)
            {
                credentials[mechanism] = credential;
            }
        }

        return credentials;
    }
}
