using ClassicBroker.Metadata;
using ClassicBroker.Platform;
using ClassicBroker.Protocol;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Controller.Requests;

/// <summary>
/// The controller's requests to one broker, in the order they were made, one at a time. One that finds no answer is sent again, without
/// end: only the broker's leaving the cluster ends it, and then whatever is queued is void. Threading: the controller's loop.
/// </summary>
internal sealed class BrokerChannel(
    LiveBroker broker, IBrokerLink link, IEventLoop loop, ControllerMetrics metrics, ILogger logger)
{
    private static readonly TimeSpan RetryBackoff = TimeSpan.FromMilliseconds(100);

    private readonly Queue<Func<Task>> _queue = new();
    private readonly BackgroundWork _sender = new("controller-to-broker-requests", loop);
    private readonly BrokerChannelMetrics _waiting = metrics.OpenChannel(broker.Id);
    private bool _sending;
    private bool _closed;

    public void Send<TRequest, TResponse>(TRequest request, short version, Action<TResponse> onResponse)
        where TRequest : class, IRequest<TRequest, TResponse>, new()
        where TResponse : class, IResponse, IMessage<TResponse>, new()
    {
        var queuedAt = loop.Time.GetTimestamp();
        _queue.Enqueue(async () =>
        {
            _waiting.QueueTime.Record(loop.Time.GetElapsedTime(queuedAt).TotalMilliseconds);
            var response = await link.SendAsync<TRequest, TResponse>(request, version);
            if (!_closed)
            {
                onResponse(response);
            }
        });
        _waiting.Queued = _queue.Count;
        if (!_sending)
        {
            _sending = true;
            _sender.Run(SendQueuedAsync);
        }
    }

    /// <summary>The broker left or the controller resigned: nothing more is sent, and nothing that is answered is heard.</summary>
    public void Close()
    {
        _closed = true;
        _queue.Clear();
        link.Dispose();
        metrics.CloseChannel(broker.Id, _waiting);
    }

    private async Task SendQueuedAsync()
    {
        while (!_closed && _queue.TryPeek(out var send))
        {
            try
            {
                await send();
                _queue.TryDequeue(out _);
                _waiting.Queued = _queue.Count;
            }
            catch (BrokerUnreachableException failure) when (!_closed)
            {
                logger.LogWarning("Controller could not reach broker {BrokerId} and will send again: {Reason}", broker.Id, failure.Message);
                await loop.DelayAsync(RetryBackoff);
            }
            catch (BrokerUnreachableException)
            {
                // Closed under us: the broker left, or the controller resigned.
                return;
            }
        }

        _sending = false;
    }
}
