using ClassicBroker.Metadata;
using ClassicBroker.Platform;
using ClassicBroker.Rpc;
using ClassicBroker.Rpc.Sasl;
using ClassicBroker.Server.Config;
using ClassicBroker.Transport;

namespace ClassicBroker.Server.Control;

/// <summary>
/// Makes this broker's connections to others, by what they are for. <c>secureTowards</c> adds TLS where an endpoint speaks it,
/// <c>loginTowards</c> a login where it asks for SASL. Immutable; safe from any thread.
/// </summary>
public sealed class InterBrokerClients(
    ITransport transport,
    BrokerIdentity identity,
    ConfigValues values,
    Func<BrokerEndpoint, Action<TransportChannel>?> secureTowards,
    Func<BrokerEndpoint, ISaslLogin?> loginTowards)
{
    /// <summary>A way to a broker; does not connect yet.</summary>
    /// <param name="purpose">What it is for.</param>
    /// <param name="brokerId">The broker.</param>
    /// <param name="whereabouts">Where it is, asked before each connect; null while that is not known.</param>
    /// <param name="loop">Where the client lives.</param>
    /// <param name="number">Tells fetchers of one leader apart.</param>
    public InterBrokerClient Open(
        InterBrokerPurpose purpose, int brokerId, Func<BrokerEndpoint?> whereabouts, IEventLoop loop, int number = 0)
    {
        var timeout = TimeoutOf(purpose);
        return new InterBrokerClient(new InterBrokerClientOptions
        {
            Transport = transport,
            Loop = loop,
            PeerName = $"broker {brokerId}",
            Target = () => whereabouts() is { } endpoint ? TargetOf(purpose, endpoint, loop, number, timeout) : null,
            RequestTimeout = timeout,
        });
    }

    private RpcConnectionOptions TargetOf(
        InterBrokerPurpose purpose, BrokerEndpoint endpoint, IEventLoop loop, int number, TimeSpan timeout) =>
        new()
        {
            Host = endpoint.Host,
            Port = endpoint.Port,
            ClientId = ClientIdOf(purpose, number),
            ConnectTimeout = timeout,

            // A fetcher's loop is one of the transport: what comes is appended where it arrives.
            Loop = purpose == InterBrokerPurpose.Fetch ? loop : null,
            Secure = secureTowards(endpoint),
            Login = loginTowards(endpoint),
            NegotiationTimeout = timeout,
            Channel = purpose == InterBrokerPurpose.Fetch
                ? ChannelOptions.Default with { ReceiveBufferBytes = values.Int("replica.socket.receive.buffer.bytes") }
                : ChannelOptions.Default,
        };

    private string ClientIdOf(InterBrokerPurpose purpose, int number) => purpose switch
    {
        InterBrokerPurpose.Fetch => $"broker-{identity.BrokerId}-fetcher-{number}",
        InterBrokerPurpose.TransactionMarkers => $"broker-{identity.BrokerId}-txn-marker-sender",
        InterBrokerPurpose.TransactionVerification => $"AddPartitionsManager-client-{identity.BrokerId}",
        _ => identity.BrokerId.ToString(),
    };

    private TimeSpan TimeoutOf(InterBrokerPurpose purpose) => TimeSpan.FromMilliseconds(values.Int(purpose switch
    {
        InterBrokerPurpose.Fetch => "replica.socket.timeout.ms",
        InterBrokerPurpose.TransactionMarkers or InterBrokerPurpose.TransactionVerification => "request.timeout.ms",
        _ => "controller.socket.timeout.ms",
    }));
}
