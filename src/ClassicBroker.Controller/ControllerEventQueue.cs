using ClassicBroker.Metadata;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.ZooKeeper;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Controller;

/// <summary>
/// The controller's events, one after the other: the next begins when the one before has ended, whatever it had to wait for. Failure
/// strategy: a failed event leaves the state that it had reached, in memory and in ZooKeeper, and the events that follow go on from
/// there; one that finds another active controller ends this activation. Any thread may put; the rest runs on the controller's loop.
/// </summary>
internal sealed class ControllerEventQueue(
    IEventLoop loop, ControllerMetrics metrics, Action resign, Action<int> onProcessed, ILogger logger)
{
    private readonly Queue<ControllerEvent> _events = new();
    private readonly BackgroundWork _processor = new("controller-events", loop);
    private bool _processing;

    public void Put(ControllerEvent put) =>
        loop.Execute(() =>
        {
            _events.Enqueue(put with { QueuedAt = loop.Time.GetTimestamp() });
            _processor.Run(ProcessQueuedAsync);
        });

    /// <summary>
    /// Drops all that is queued, preempting those that wait, and puts this event. Ends when the event has ended, even with a failure: the
    /// queue reports that, and a session that waits here to be renewed must not wait forever.
    /// </summary>
    public Task ClearAndPutAsync(ControllerEvent put)
    {
        var processed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        loop.Execute(() =>
        {
            while (_events.TryDequeue(out var dropped))
            {
                dropped.Preempt?.Invoke();
            }

            _events.Enqueue(put with
            {
                QueuedAt = loop.Time.GetTimestamp(),
                ProcessAsync = async () =>
                {
                    try
                    {
                        await put.ProcessAsync();
                    }
                    finally
                    {
                        processed.SetResult();
                    }
                },
            });
            _processor.Run(ProcessQueuedAsync);
        });
        return processed.Task;
    }

    private async Task ProcessQueuedAsync()
    {
        if (_processing)
        {
            return;
        }

        _processing = true;
        while (_events.TryDequeue(out var next))
        {
            var began = loop.Time.GetTimestamp();
            metrics.Began(next.Kind, loop.Time.GetElapsedTime(next.QueuedAt, began));
            try
            {
                await next.ProcessAsync();
            }
            catch (ControllerMovedException moved)
            {
                logger.LogInformation(moved, "Controller moved to another broker when processing {Event}.", next.Name);
                resign();
            }
            catch (MalformedDataException malformed)
            {
                logger.LogError("Error processing event {Event}: {Reason}", next.Name, malformed.Message);
            }
            catch (ZooKeeperException failure)
            {
                logger.LogError(failure, "Error processing event {Event}", next.Name);
            }

            metrics.Ended(next.Kind, loop.Time.GetElapsedTime(began));
            onProcessed(_events.Count);
        }

        _processing = false;
    }
}
