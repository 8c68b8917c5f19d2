using ClassicBroker.Platform;
using ClassicBroker.Rpc.Sasl;
using ClassicBroker.Transport;

namespace ClassicBroker.Rpc;

/// <summary>Whom to connect to and how.</summary>
public sealed record RpcConnectionOptions
{
    /// <summary>What this library calls itself, and its version.</summary>
    public const string LibraryName = "classicbroker";

    /// <inheritdoc cref="LibraryName"/>
    public const string LibraryVersion = "0.1.0";

    public required string Host { get; init; }

    public required int Port { get; init; }

    public required string ClientId { get; init; }

    /// <summary>Told to the broker in ApiVersions (KIP-511).</summary>
    public string SoftwareName { get; init; } = LibraryName;

    public string SoftwareVersion { get; init; } = LibraryVersion;

    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long the broker may take to tell its versions.</summary>
    public TimeSpan NegotiationTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Longer responses end the connection.</summary>
    public int ResponseLengthMax { get; init; } = int.MaxValue;

    /// <summary>Set where versions are agreed on otherwise: the broker is not asked.</summary>
    public BrokerApiVersions? Versions { get; init; }

    /// <summary>
    /// Assumed of a broker that hangs up on ApiVersions, as those before 0.10 do; null takes it for what it may as well be, a failure.
    /// </summary>
    public BrokerApiVersions? VersionsOfOldBrokers { get; init; }

    /// <summary>The loop the connection shall belong to; null lets the transport choose.</summary>
    public IEventLoop? Loop { get; init; }

    /// <summary>Adds what goes below frames, such as TLS.</summary>
    public Action<TransportChannel>? Secure { get; init; }

    /// <summary>What to log in with once connected; null where the listener asks for no SASL.</summary>
    public ISaslLogin? Login { get; init; }

    public ChannelOptions Channel { get; init; } = ChannelOptions.Default;
}
