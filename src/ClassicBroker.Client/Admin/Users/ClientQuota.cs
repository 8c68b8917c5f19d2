namespace ClassicBroker.Client;

/// <summary>The quotas of one entity. Immutable.</summary>
/// <param name="Entity">Whom they are for.</param>
/// <param name="Values">The bounds by key, such as <c>producer_byte_rate</c>, in the broker's order.</param>
public sealed record ClientQuota(IReadOnlyList<ClientQuotaPart> Entity, IReadOnlyList<KeyValuePair<string, double>> Values);
