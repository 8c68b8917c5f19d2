using ClassicBroker.Metadata.Stores;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.ZooKeeper;

namespace ClassicBroker.Server.Hosting;

/// <summary>
/// Tells the controller that a log directory has failed. As long as it does not know, what the directory held has no leader, so that a
/// session of ZooKeeper that ends meanwhile must not be the end of it. Threading: the loop's.
/// </summary>
internal sealed class LogDirFailureNotice(NotificationStore notifications, IEventLoop loop, ServerTrace trace)
{
    private static readonly TimeSpan RetryPause = TimeSpan.FromSeconds(1);

    /// <summary>Ends when ZooKeeper has taken it.</summary>
    public async Task GiveAsync(BrokerId failed)
    {
        while (!await TryGiveAsync(failed))
        {
            await loop.DelayAsync(RetryPause);
        }
    }

    private async Task<bool> TryGiveAsync(BrokerId failed)
    {
        try
        {
            await notifications.NotifyLogDirFailureAsync(failed.Value);
            return true;
        }
        catch (ZooKeeperException ended) when (ended.Code == ZooKeeperError.SessionClosed)
        {
            // The broker has closed its session: what it held has no leader, and the controller learns that from the session's end.
            return true;
        }
        catch (ZooKeeperException failure)
        {
            trace.FailureUntold(failure.Message);
            return false;
        }
    }
}
