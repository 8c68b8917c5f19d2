using ClassicBroker.Controller.Requests;
using ClassicBroker.Platform;
using ClassicBroker.Protocol;

namespace ClassicBroker.Controller.Tests;

/// <summary>Brings requests to a <see cref="FakeBroker"/> and its answers back on the sender's loop.</summary>
internal sealed class FakeBrokerLink(FakeBroker broker, IEventLoop loop) : IBrokerLink
{
    private bool _closed;
    private bool _waiting;

    public Task<TResponse> SendAsync<TRequest, TResponse>(TRequest request, short version)
        where TRequest : class, IRequest<TRequest, TResponse>, new()
        where TResponse : class, IResponse, IMessage<TResponse>, new()
    {
        Assert.False(_waiting, "One request at a time.");
        Assert.True(request.Size(version) > 0);
        _waiting = true;
        var outcome = new TaskCompletionSource<TResponse>(TaskCreationOptions.RunContinuationsAsynchronously);
        loop.Execute(() => broker.WhenAnswering(() => loop.Execute(() =>
        {
            _waiting = false;
            if (_closed || broker.Unreachable)
            {
                outcome.SetException(new BrokerUnreachableException($"Broker {broker.Id} does not answer."));
            }
            else
            {
                outcome.SetResult((TResponse)broker.Answer(request));
            }
        })));
        return outcome.Task;
    }

    public void Dispose() => _closed = true;
}
