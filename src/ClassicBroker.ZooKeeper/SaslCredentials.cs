using ClassicBroker.Platform;
using ClassicBroker.ZooKeeper.Sasl;

namespace ClassicBroker.ZooKeeper;

/// <summary>User and password of a <c>DigestLoginModule</c>, for SASL DIGEST-MD5.</summary>
public sealed record SaslCredentials(string User, string Password) : SaslLogin
{
    private const int NonceSize = 16;

    public override string ToString() => $"{User}:[hidden]";

    internal override ISaslExchange Begin(ZooKeeperAddress server, IRandomSource random)
    {
        Span<byte> nonce = stackalloc byte[NonceSize];
        random.Fill(nonce);
        return new DigestMd5Client(this, Convert.ToHexStringLower(nonce), DigestMd5Client.ZooKeeperUri);
    }
}
