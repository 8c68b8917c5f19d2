using System.Security.Cryptography;
using System.Text;

namespace ClassicBroker.Rpc.Sasl;

/// <summary>
/// PLAIN (RFC 4616) against the users of a JAAS entry. Of passwords only hashes are kept, and all of one length, so that comparing them
/// takes the same time for every password and for users there are none of. Immutable; any loop.
/// </summary>
public sealed class PlainServerMechanism : ISaslServerMechanism
{
    /// <summary>What precedes a user's name in the options of a JAAS entry.</summary>
    public const string UserOption = "user_";

    private readonly Dictionary<string, byte[]> _passwordHashes = new(StringComparer.Ordinal);

    /// <param name="options">Those of the login module: <c>user_NAME</c> is the password of NAME.</param>
    public PlainServerMechanism(IReadOnlyDictionary<string, string> options)
    {
        foreach (var (option, password) in options)
        {
            if (option.StartsWith(UserOption, StringComparison.Ordinal))
            {
                _passwordHashes[option[UserOption.Length..]] = Hash(password);
            }
        }
    }

    public string Name => SaslMechanismNames.Plain;

    public ISaslServer Begin() => new PlainServer(this);

    /// <summary>Whether the password is the user's; takes the same time whether or not there is the user.</summary>
    internal bool IsPassword(string user, string password)
    {
        var known = _passwordHashes.TryGetValue(user, out var hash);
        return CryptographicOperations.FixedTimeEquals(Hash(password), hash ?? new byte[SHA256.HashSizeInBytes]) && known;
    }

    private static byte[] Hash(string password) => SHA256.HashData(Encoding.UTF8.GetBytes(password));
}
