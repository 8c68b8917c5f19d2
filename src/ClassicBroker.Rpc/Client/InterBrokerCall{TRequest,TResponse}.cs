using ClassicBroker.Primitives;
using ClassicBroker.Protocol;

namespace ClassicBroker.Rpc;

/// <summary>
/// A typed call. Its outcome is the first of answer, failure and cancellation; the memory of an answer that comes after a cancellation is
/// given back. Threading: the client's loop, but that any thread may cancel.
/// </summary>
internal sealed class InterBrokerCall<TRequest, TResponse> : InterBrokerCall
    where TRequest : class, IRequest<TRequest, TResponse>, new()
    where TResponse : class, IResponse, IMessage<TResponse>, new()
{
    private readonly TaskCompletionSource<RpcResponse<TResponse>> _outcome = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly string _peerName;
    private readonly TRequest _request;
    private readonly short _version;
    private readonly TimeSpan _timeout;
    private readonly Action<TResponse>? _inPlace;
    private readonly CancellationTokenRegistration _cancellation;

    public InterBrokerCall(
        InterBrokerClientOptions options, TRequest request, short version, Action<TResponse>? inPlace, CancellationToken cancellation)
    {
        (_peerName, _timeout) = (options.PeerName, options.RequestTimeout);
        (_request, _version, _inPlace) = (request, version, inPlace);
        _cancellation = cancellation.Register(() => _outcome.TrySetCanceled(cancellation));
    }

    public Task<RpcResponse<TResponse>> Outcome => _outcome.Task;

    public override void Start(RpcConnection connection)
    {
        if (_outcome.Task.IsCompleted)
        {
            return;
        }

        var answer = connection.SendAsync<TRequest, TResponse>(_request, _timeout, _version, _inPlace is null ? null : HandOver);
        answer.GetAwaiter().OnCompleted(() => Settle(answer));
    }

    public override void Fail(Exception failure)
    {
        _cancellation.Unregister();
        _outcome.TrySetException(failure);
    }

    private void HandOver(TResponse response)
    {
        if (!_outcome.Task.IsCompleted)
        {
            _inPlace!(response);
        }
    }

    private void Settle(Task<RpcResponse<TResponse>> answer)
    {
        _cancellation.Unregister();
        try
        {
            var response = answer.GetAwaiter().GetResult();
            if (!_outcome.TrySetResult(response))
            {
                response.Dispose();
            }
        }
        catch (Exception failure) when (failure is IOException or MalformedDataException)
        {
            _outcome.TrySetException(new PeerUnreachableException($"No answer from {_peerName}: {failure.Message}", failure));
        }
        catch (UnsupportedVersionException refused)
        {
            _outcome.TrySetException(refused);
        }
    }
}
