using System.Net;

namespace ClassicBroker.Transport;

/// <summary>The limits <see cref="ConnectionQuotas"/> keeps to, as configured.</summary>
public sealed record ConnectionLimits
{
    public static readonly ConnectionLimits None = new();

    /// <summary><c>max.connections</c> of the broker.</summary>
    public int TotalMax { get; init; } = int.MaxValue;

    /// <summary><c>max.connections.per.ip</c>.</summary>
    public int PerAddressMax { get; init; } = int.MaxValue;

    /// <summary><c>max.connections.per.ip.overrides</c>, names resolved.</summary>
    public IReadOnlyDictionary<IPAddress, int> AddressOverrides { get; init; } = new Dictionary<IPAddress, int>();

    /// <summary><c>listener.name.….max.connections</c>.</summary>
    public IReadOnlyDictionary<string, int> ListenerMax { get; init; } = new Dictionary<string, int>();

    /// <summary><c>max.connection.creation.rate</c>, per second.</summary>
    public int CreationRateMax { get; init; } = int.MaxValue;

    /// <summary><c>listener.name.….max.connection.creation.rate</c>.</summary>
    public IReadOnlyDictionary<string, int> ListenerCreationRateMax { get; init; } = new Dictionary<string, int>();

    /// <summary>
    /// The listener brokers use among themselves: <see cref="TotalMax"/> and <see cref="CreationRateMax"/> do not shut it.
    /// </summary>
    public string? ProtectedListener { get; init; }

    public int ForAddress(IPAddress address) => AddressOverrides.TryGetValue(address, out var own) ? own : PerAddressMax;

    public int ForListener(string listener) => ListenerMax.TryGetValue(listener, out var own) ? own : int.MaxValue;
}
