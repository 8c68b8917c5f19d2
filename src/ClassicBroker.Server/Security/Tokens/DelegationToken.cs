using ClassicBroker.Metadata.Stores;
using ClassicBroker.Rpc;
using ClassicBroker.Rpc.Sasl;

namespace ClassicBroker.Server.Security.Tokens;

/// <summary>
/// A delegation token as a broker knows it: who may do what with it, until when, and the HMAC that proves its possession (KIP-48).
/// Immutable.
/// </summary>
internal sealed class DelegationToken
{
    private readonly TokenCredentials _credentials;

    /// <exception cref="ArgumentException">A principal has no type.</exception>
    public DelegationToken(StoredToken stored, byte[] hmac, TokenCredentials credentials)
    {
        Stored = stored;
        Hmac = hmac;
        _credentials = credentials;
        Owner = Principal(stored.Owner);
        Requester = Principal(stored.Requester);
        Renewers = [.. stored.Renewers.Select(Principal)];
    }

    /// <summary>As ZooKeeper holds it.</summary>
    public StoredToken Stored { get; }

    public string Id => Stored.Id;

    public KafkaPrincipal Owner { get; }

    public KafkaPrincipal Requester { get; }

    public IReadOnlyList<KafkaPrincipal> Renewers { get; }

    public long ExpiresAtMs => Stored.ExpiresAtMs;

    /// <summary>The secret that its bearers have. Never to be logged.</summary>
    public byte[] Hmac { get; }

    public bool HasExpired(long nowMs) => Stored.MaxMs < nowMs || Stored.ExpiresAtMs < nowMs;

    /// <summary>Whether a principal may prolong or end it: neither who asked for it on behalf of another nor a super user may.</summary>
    public bool MayBeRenewedBy(KafkaPrincipal principal) => principal == Owner || Renewers.Contains(principal);

    /// <summary>Whether a principal was given the HMAC when the token was made, or is whom it stands for.</summary>
    public bool HasHmac(KafkaPrincipal principal) => principal == Owner || principal == Requester;

    /// <summary>Whether it belongs to a principal in any way.</summary>
    public bool Concerns(KafkaPrincipal principal) => principal == Requester || MayBeRenewedBy(principal);

    public ScramCredential Credential(ScramMechanism mechanism) => _credentials.Of(mechanism);

    /// <summary>The same token as it is stored now.</summary>
    public DelegationToken With(StoredToken stored) => new(stored, Hmac, _credentials);

    public override string ToString() => Id;

    private static KafkaPrincipal Principal(string text) =>
        KafkaPrincipal.TryParse(text) ?? throw new ArgumentException($"{text} is no principal", nameof(text));
}
