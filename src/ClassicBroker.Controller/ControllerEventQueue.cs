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
internal sealed class ControllerEventQueue(IEventLoop loop, Func<Task> resignAsync, Action<int> onProcessed, ILogger logger)
{
    private readonly Queue<ControllerEvent> _events = new();
    private bool _processing;

    public void Put(ControllerEvent put) =>
        loop.Execute(() =>
        {
            _events.Enqueue(put);
            ProcessQueued();
        });

    /// <summary>Drops all that is queued, preempting whoever waits, and puts this event. Ends when the event has.</summary>
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
                ProcessAsync = async () =>
                {
                    await put.ProcessAsync();
                    processed.SetResult();
                },
            });
            ProcessQueued();
        });
        return processed.Task;
    }

    private async void ProcessQueued()
    {
        if (_processing)
        {
            return;
        }

        _processing = true;
        while (_events.TryDequeue(out var next))
        {
            try
            {
                await next.ProcessAsync();
            }
            catch (ControllerMovedException moved)
            {
                logger.LogInformation(moved, "Controller moved to another broker when processing {Event}.", next.Name);
                await resignAsync();
            }
            catch (Exception failure) when (failure is ZooKeeperException or MalformedDataException)
            {
                logger.LogError(failure, "Error processing event {Event}", next.Name);
            }

            onProcessed(_events.Count);
        }

        _processing = false;
    }
}
