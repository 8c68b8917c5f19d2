using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
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

    private byte[] _secret = [];
    private volatile ScramDecoys? _decoys;

    /// <summary>The names of the users, in no order.</summary>
    public IEnumerable<string> Users => _users.Keys;

    /// <inheritdoc/>
    public ScramDecoys Decoys => _decoys ??= new ScramDecoys(
        _secret, _users.Values.SelectMany(user => user.Select(credential => (credential.Key, credential.Value))));

    /// <summary>Reads all users, before a listener asks for one.</summary>
    /// <param name="users">Where they are.</param>
    /// <param name="clusterId">
    /// What decoys are made from. It is random, the same at all brokers and never changes, and no listener tells it before a login. Nothing
    /// that comes from a password will do, nor a secret that someone has chosen: with a decoy in hand, guesses at it could be tried without
    /// asking the broker. Who has the id may tell users from others, as who has logged in and may describe them can.
    /// </param>
    public async Task LoadAsync(ScramUsers users, string clusterId)
    {
        _secret = SHA256.HashData(Encoding.UTF8.GetBytes($"scram decoys of {clusterId}"));
        foreach (var (user, credentials) in await users.GetAllAsync())
        {
            _users[user] = credentials;
        }

        _decoys = null;
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

        _decoys = null;
    }

    public ScramCredential? OfUser(ScramMechanism mechanism, string user) =>
        (_users.GetValueOrDefault(user) ?? None).GetValueOrDefault(mechanism);

    public (ScramCredential Credential, SaslIdentity Owner)? OfToken(ScramMechanism mechanism, string tokenId) =>
        tokens.FindValid(tokenId) is { } token
            ? (token.Credential(mechanism), new SaslIdentity(token.Owner, token.ExpiresAtMs) { IsByToken = true })
            : null;
}
