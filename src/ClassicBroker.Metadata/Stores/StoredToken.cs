namespace ClassicBroker.Metadata.Stores;

/// <summary>
/// A delegation token as ZooKeeper holds it (KIP-48, KIP-373): everything but its HMAC, which follows from the brokers' secret. Principals
/// are in their text form, <c>User:alice</c>; times are Unix time in milliseconds. Immutable.
/// </summary>
/// <param name="Id">Its id.</param>
/// <param name="Owner">Whom a login by it stands for.</param>
/// <param name="Requester">Who had it made.</param>
/// <param name="Renewers">Who may prolong it beside the owner.</param>
/// <param name="IssuedAtMs">When it was made.</param>
/// <param name="ExpiresAtMs">When it ends unless it is renewed.</param>
/// <param name="MaxMs">When it ends at the latest.</param>
public sealed record StoredToken(
    string Id, string Owner, string Requester, IReadOnlyList<string> Renewers, long IssuedAtMs, long ExpiresAtMs, long MaxMs);
