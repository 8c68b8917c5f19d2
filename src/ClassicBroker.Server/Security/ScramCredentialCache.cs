using System.Collections.Concurrent;
using ClassicBroker.Rpc.Sasl;
using ClassicBroker.Server.Security.Tokens;

namespace ClassicBroker.Server.Security;

/// <summary>
/// The SCRAM credentials of all users and of delegation tokens, as ZooKeeper held them when this broker last heard of a change. Owned by
/// the broker. Threading: read from any loop, changed from one.
/// </summary>
internal sealed class ScramCredentialCache(DelegationTokenCache tokens) : IScramCredentials
{
    private static readonly SortedDictionary<ScramMechanism, ScramCredential> None = [];

    private readonly ConcurrentDictionary<string, IReadOnlyDictionary<ScramMechanism, ScramCredential>> _users =
        new(StringComparer.Ordinal);

    /// <summary>The names of the users, in no order.</summary>
    public IEnumerable<string> Users => _users.Keys;

    /// <summary>Reads all users, before a listener asks for one.</summary>
    public async Task LoadAsync(ScramUsers users)
    {
        foreach (var (user, credentials) in await users.GetAllAsync())
        {
            _users[user] = credentials;
        }
    }

    /// <summary>Takes a user's configuration as it is now; one without credentials is known no more.</summary>
    public void Update(string user, SortedDictionary<string, string> config)
    {
        var credentials = ScramUsers.Credentials(config);
        if (credentials.Count > 0)
        {
            _users[user] = credentials;
        }
        else
        {
            _users.TryRemove(user, out _);
        }
    }

    public ScramCredential? OfUser(ScramMechanism mechanism, string user) =>
        (_users.GetValueOrDefault(user) ?? None).GetValueOrDefault(mechanism);

    public (ScramCredential Credential, SaslIdentity Owner)? OfToken(ScramMechanism mechanism, string tokenId) =>
        tokens.FindValid(tokenId) is { } token
            ? (token.Credential(mechanism), new SaslIdentity(token.Owner, token.ExpiresAtMs) { IsByToken = true })
            : null;
}
