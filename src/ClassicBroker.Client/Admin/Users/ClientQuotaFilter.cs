namespace ClassicBroker.Client;

/// <summary>What a part of a quota's entity must be to be described.</summary>
/// <param name="Type">One of the types of <see cref="ClientQuotaPart"/>.</param>
/// <param name="Match">How it is matched.</param>
/// <param name="Name">The name to match exactly; null otherwise.</param>
public readonly record struct ClientQuotaFilter(string Type, ClientQuotaMatch Match, string? Name)
{
    /// <summary>That part alone, by name or as the default.</summary>
    public static ClientQuotaFilter Of(ClientQuotaPart part) =>
        new(part.Type, part.Name is null ? ClientQuotaMatch.Default : ClientQuotaMatch.Exact, part.Name);

    /// <summary>Every entity that has a part of the type.</summary>
    public static ClientQuotaFilter AnyOf(string type) => new(type, ClientQuotaMatch.Any, null);
}
