using ClassicBroker.Primitives;
using ClassicBroker.Protocol;
using ClassicBroker.Rpc;

namespace ClassicBroker.Client.Cluster;

/// <summary>A connection of Rpc, its failures told in the clients' exceptions. Threading: belongs to the client's loop.</summary>
internal sealed class RpcBrokerConnection(RpcConnection connection) : IBrokerConnection
{
    public bool IsOpen => connection.IsOpen;

    public IReadOnlyList<ApiVersionRange> Versions => connection.Versions.All;

    public async Task<RpcResponse<TResponse>> SendAsync<TRequest, TResponse>(
        TRequest request, TimeSpan timeout, short maxVersion = short.MaxValue)
        where TRequest : class, IRequest<TRequest, TResponse>, new()
        where TResponse : class, IResponse, IMessage<TResponse>, new()
    {
        try
        {
            return await connection.SendAsync<TRequest, TResponse>(request, timeout, maxVersion);
        }
        catch (RpcTimeoutException late)
        {
            throw new BrokerUnavailableException(connection.Name, late.Message, late);
        }
        catch (RpcDisconnectedException broken)
        {
            throw new BrokerUnavailableException(connection.Name, broken.Message, broken);
        }
        catch (UnsupportedVersionException unsupported)
        {
            throw new KafkaException(ErrorCode.UnsupportedVersion, unsupported.Message, api: request.Api.Name);
        }
        catch (MalformedDataException malformed)
        {
            throw new BrokerUnavailableException(
                connection.Name, $"it answered with no response to {request.Api}: {malformed.Message}", malformed);
        }
    }

    public void Close() => connection.Close();
}
