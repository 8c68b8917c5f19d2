using System.Collections.Concurrent;
using System.Security.Cryptography;
using ClassicBroker.Platform;

namespace ClassicBroker.Server.Security.Tokens;

/// <summary>
/// All delegation tokens, as ZooKeeper held them when this broker last heard of a change; empty where tokens are turned off. Found by HMAC
/// through a digest of it, so that the time a search takes tells nothing of HMACs. Owned by the broker. Threading: read from any loop,
/// changed from one.
/// </summary>
internal sealed class DelegationTokenCache(TimeProvider time)
{
    private readonly ConcurrentDictionary<string, DelegationToken> _byId = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, string> _idByDigest = new(StringComparer.Ordinal);

    /// <summary>All tokens by id, those that have expired and are not removed yet among them.</summary>
    public IReadOnlyList<DelegationToken> All() => [.. _byId.Values.OrderBy(token => token.Id, StringComparer.Ordinal)];

    public DelegationToken? Find(string id) => _byId.GetValueOrDefault(id);

    /// <summary>A token that has not expired.</summary>
    public DelegationToken? FindValid(string id) => Find(id) is { } token && !token.HasExpired(time.UnixMs()) ? token : null;

    public DelegationToken? FindByHmac(ReadOnlySpan<byte> hmac) =>
        _idByDigest.TryGetValue(Digest(hmac), out var id) ? Find(id) : null;

    public void Put(DelegationToken token)
    {
        _byId[token.Id] = token;
        _idByDigest[Digest(token.Hmac)] = token.Id;
    }

    public void Remove(string id)
    {
        if (_byId.TryRemove(id, out var token))
        {
            _idByDigest.TryRemove(Digest(token.Hmac), out _);
        }
    }

    private static string Digest(ReadOnlySpan<byte> hmac) => Convert.ToHexString(SHA256.HashData(hmac));
}
