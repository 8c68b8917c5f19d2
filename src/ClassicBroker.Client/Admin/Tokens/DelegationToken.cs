namespace ClassicBroker.Client;

/// <summary>
/// A delegation token (KIP-48): with its id as user, its HMAC in base64 as password and <c>tokenauth=true</c> a client logs in by SCRAM as
/// the owner. Principals are such as <c>User:alice</c>; times are Unix time in milliseconds. Immutable.
/// </summary>
public sealed record DelegationToken
{
    public required string Id { get; init; }

    /// <summary>The secret. Never print it where others may read.</summary>
    public required byte[] Hmac { get; init; }

    /// <summary>Whom it stands for.</summary>
    public required string Owner { get; init; }

    /// <summary>Who had it made.</summary>
    public required string Requester { get; init; }

    /// <summary>Who may renew it beside the owner.</summary>
    public required IReadOnlyList<string> Renewers { get; init; }

    public required long IssuedAtMs { get; init; }

    /// <summary>When it ends unless it is renewed.</summary>
    public required long ExpiresAtMs { get; init; }

    /// <summary>When it ends at the latest.</summary>
    public required long MaxMs { get; init; }

    /// <summary>The secret as SCRAM's password.</summary>
    public string Password => Convert.ToBase64String(Hmac);

    public override string ToString() => $"{nameof(DelegationToken)}({Id} of {Owner})";
}
