using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace ClassicBroker.AdminConsole.Sessions.Oidc;

/// <summary>A sign-in that was begun, and which the provider has not answered. Immutable.</summary>
/// <param name="State">What the provider's answer carries.</param>
/// <param name="Nonce">What the ID token carries.</param>
/// <param name="Verifier">The secret by which the code is redeemed (RFC 7636).</param>
/// <param name="Browser">The secret in the cookie of the browser that began it.</param>
/// <param name="ReturnAddress">Where the provider answers.</param>
internal sealed record PendingSignIn(string State, string Nonce, string Verifier, string Browser, string ReturnAddress)
{
    /// <summary>What the provider learns of the verifier.</summary>
    public string Challenge => Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(Verifier)));

    /// <summary>Nothing: all of it is secret.</summary>
    public override string ToString() => nameof(PendingSignIn);
}
