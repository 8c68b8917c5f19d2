using ClassicBroker.Platform;
using ClassicBroker.Rpc.Sasl;

namespace ClassicBroker.Server.Security.Tokens;

/// <summary>
/// What a broker checks logins by a delegation token with: the SCRAM credential of each mechanism, whose password is the token's HMAC in
/// base64. Made when a client first asks for it, since most tokens log in at few brokers and by one mechanism. Threading: any loop.
/// </summary>
internal sealed class TokenCredentials(byte[] hmac, IRandomSource random)
{
    private const int SaltLength = 24;

    private readonly Lazy<ScramCredential> _sha256 = new(() => Make(ScramMechanism.Sha256, hmac, random));
    private readonly Lazy<ScramCredential> _sha512 = new(() => Make(ScramMechanism.Sha512, hmac, random));

    public ScramCredential Of(ScramMechanism mechanism) => (mechanism == ScramMechanism.Sha512 ? _sha512 : _sha256).Value;

    private static ScramCredential Make(ScramMechanism mechanism, byte[] hmac, IRandomSource random)
    {
        var salt = new byte[SaltLength];
        random.Fill(salt);
        return ScramCredential.FromPassword(mechanism, Convert.ToBase64String(hmac), salt, ScramCredential.IterationsMin);
    }
}
