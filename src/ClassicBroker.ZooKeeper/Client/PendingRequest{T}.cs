using ClassicBroker.ZooKeeper.Jute;

namespace ClassicBroker.ZooKeeper.Client;

/// <summary>A call that ends with a <typeparamref name="T"/>; its default stands for a missing znode where that is an answer.</summary>
internal sealed class PendingRequest<T>(OpCode type, string? path, byte[] body, ReplyParser<T> parse) : PendingRequest(type, path, body)
{
    private readonly TaskCompletionSource<T> _outcome = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<T> Task => _outcome.Task;

    public override void Complete(ZooKeeperError error, ref JuteReader body)
    {
        if (error == ZooKeeperError.None)
        {
            _outcome.TrySetResult(parse(ref body));
        }
        else if (error == ZooKeeperError.NoNode && NoNodeIsAnswer)
        {
            _outcome.TrySetResult(default!);
        }
        else
        {
            Fail(error);
        }
    }

    public override void Fail(ZooKeeperError error) => _outcome.TrySetException(ZooKeeperException.For(error, Path));
}
