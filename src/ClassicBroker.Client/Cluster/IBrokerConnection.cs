using ClassicBroker.Protocol;
using ClassicBroker.Rpc;

namespace ClassicBroker.Client.Cluster;

/// <summary>
/// An open connection to one broker, which has told its API versions. The seam between the clients and the network: production puts
/// Rpc behind it, tests a broker made by hand. Threading: belongs to the client's loop.
/// </summary>
internal interface IBrokerConnection
{
    bool IsOpen { get; }

    /// <summary>What the broker said it speaks.</summary>
    IReadOnlyList<ApiVersionRange> Versions { get; }

    /// <summary>
    /// Sends a request of the highest version both sides speak, at most <paramref name="maxVersion"/>, and returns the answer, whose
    /// records the caller releases. A request without an answer (acks=0) ends when it is handed to the network.
    /// </summary>
    /// <exception cref="KafkaException">The broker does not speak the API, the connection broke, or the answer did not come in
    /// time.</exception>
    Task<RpcResponse<TResponse>> SendAsync<TRequest, TResponse>(TRequest request, TimeSpan timeout, short maxVersion = short.MaxValue)
        where TRequest : class, IRequest<TRequest, TResponse>, new()
        where TResponse : class, IResponse, IMessage<TResponse>, new();

    void Close();
}
