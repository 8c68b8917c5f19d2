using ClassicBroker.Controller.Requests;
using ClassicBroker.Metadata;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol;
using ClassicBroker.Rpc;
using ClassicBroker.Transport;

namespace ClassicBroker.Server.Control;

/// <summary>
/// A broker-to-broker connection that is made when it is needed. Versions are the caller's, fixed by
/// <c>inter.broker.protocol.version</c>, so nothing is negotiated; <c>secure</c> adds TLS where the endpoint speaks it. Threading: any;
/// one request at a time.
/// </summary>
public sealed class RpcBrokerLink(
    ITransport transport, BrokerEndpoint endpoint, string clientId, TimeSpan timeout, Action<TransportChannel>? secure) : IBrokerLink
{
    private readonly SemaphoreSlim _turn = new(1, 1);
    private RpcConnection? _connection;
    private volatile bool _isClosed;

    public async Task<TResponse> SendAsync<TRequest, TResponse>(TRequest request, short version)
        where TRequest : class, IRequest<TRequest, TResponse>, new()
        where TResponse : class, IResponse, IMessage<TResponse>, new()
    {
        await _turn.WaitAsync();
        try
        {
            var connection = await ConnectedAsync();
            using var response = await connection.SendAsync<TRequest, TResponse>(request, timeout, version);
            return response.Message;
        }
        catch (Exception failure) when (failure is IOException or MalformedDataException or ConnectException)
        {
            throw new BrokerUnreachableException($"No answer from {endpoint}: {failure.Message}", failure);
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose()
    {
        _isClosed = true;
        _connection?.Close();
    }

    private async Task<RpcConnection> ConnectedAsync()
    {
        if (_isClosed)
        {
            throw new BrokerUnreachableException($"The link to {endpoint} is closed.");
        }

        if (_connection is not { IsOpen: true })
        {
            _connection = await RpcConnection.ConnectAsync(
                transport,
                new RpcConnectionOptions
                {
                    Host = endpoint.Host,
                    Port = endpoint.Port,
                    ClientId = clientId,
                    Versions = BrokerApiVersions.Unlimited,
                    Secure = secure,
                });
        }

        return _connection;
    }
}
