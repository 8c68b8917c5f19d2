namespace ClassicBroker.Client;

/// <summary>One part of whom a quota is for (KIP-546): a user, a client id, or an address.</summary>
/// <param name="Type"><see cref="User"/>, <see cref="ClientId"/> or <see cref="Ip"/>.</param>
/// <param name="Name">The name; null for all that have no quota of their own.</param>
public readonly record struct ClientQuotaPart(string Type, string? Name)
{
    /// <summary>A principal's name.</summary>
    public const string User = "user";

    /// <summary>A client's id.</summary>
    public const string ClientId = "client-id";

    /// <summary>An address connections come from.</summary>
    public const string Ip = "ip";
}
