using ClassicBroker.Platform;

namespace ClassicBroker.Metadata.Images;

/// <summary>
/// The image in force, and those who wait for it to show something. <see cref="Publish"/> is called where UpdateMetadata is applied,
/// one at a time. Threading: any; reading <see cref="Current"/> takes no lock.
/// </summary>
public sealed class MetadataCache
{
    private readonly Lock _lock = new();
    private readonly LinkedList<Waiter> _waiters = [];
    private volatile MetadataImage _current = MetadataImage.Empty;

    public MetadataImage Current => _current;

    public void Publish(MetadataImage image)
    {
        List<Waiter>? satisfied = null;
        lock (_lock)
        {
            _current = image;
            for (var node = _waiters.First; node is not null;)
            {
                var next = node.Next;
                if (node.Value.Condition(image))
                {
                    _waiters.Remove(node);
                    (satisfied ??= []).Add(node.Value);
                }

                node = next;
            }
        }

        foreach (var waiter in satisfied ?? [])
        {
            waiter.Timeout.Cancel();
            waiter.Outcome.TrySetResult(true);
        }
    }

    /// <summary>
    /// True once an image fulfils <paramref name="condition"/>, at once where the current one does; false when
    /// <paramref name="timeout"/> has passed before. The condition runs under a lock and must be quick.
    /// </summary>
    public Task<bool> WaitForAsync(Func<MetadataImage, bool> condition, TimeSpan timeout, IEventLoop loop)
    {
        lock (_lock)
        {
            if (condition(_current))
            {
                return Task.FromResult(true);
            }

            if (timeout <= TimeSpan.Zero)
            {
                return Task.FromResult(false);
            }

            var outcome = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
            var node = new LinkedListNode<Waiter>(null!);
            node.Value = new(condition, outcome, loop.Schedule(() => GiveUp(node), timeout));
            _waiters.AddLast(node);
            return outcome.Task;
        }
    }

    private void GiveUp(LinkedListNode<Waiter> node)
    {
        lock (_lock)
        {
            if (node.List is null)
            {
                return;
            }

            _waiters.Remove(node);
        }

        node.Value.Outcome.TrySetResult(false);
    }

    private sealed record Waiter(Func<MetadataImage, bool> Condition, TaskCompletionSource<bool> Outcome, IScheduledWork Timeout);
}
