using ClassicBroker.Transport;

namespace ClassicBroker.ZooKeeper;

/// <summary>How a client connects.</summary>
public sealed record ZooKeeperClientOptions
{
    public required ZooKeeperConnectString Connect { get; init; }

    /// <summary><c>zookeeper.session.timeout.ms</c>: asked for; the ensemble has the last word.</summary>
    public int SessionTimeoutMs { get; init; } = 18_000;

    /// <summary><c>zookeeper.max.in.flight.requests</c>: sent and not yet answered.</summary>
    public int MaxInFlightRequests { get; init; } = 10;

    /// <summary>The largest answer taken. As Kafka's client, more than ZooKeeper's default: lists of children may be long.</summary>
    public int JuteMaxBuffer { get; init; } = 4 * 1024 * 1024;

    /// <summary>
    /// The largest request sent. Servers close the connection of a client that sends more than their <c>jute.maxbuffer</c>, which is
    /// one byte less than 1 MiB where nothing else is set; a request that is repeated over lost connections would never end.
    /// </summary>
    public int RequestBytesMax { get; init; } = 0xfffff;

    /// <summary>The longest pause before the servers are tried over again, all having failed.</summary>
    public int ReconnectBackoffMaxMs { get; init; } = 1000;

    /// <summary>
    /// Makes the TLS handler of a connection to a host (<c>zookeeper.ssl.client.enable</c>); null connects in plaintext.
    /// </summary>
    public Func<string, TransportHandler>? TlsHandlerFor { get; init; }

    /// <summary>The login of the <c>Client</c> section of a JAAS configuration; null to do without.</summary>
    public SaslLogin? Sasl { get; init; }

    /// <summary>Counts what becomes of the session; null to count nothing.</summary>
    public ZooKeeperClientMetrics? Metrics { get; init; }
}
