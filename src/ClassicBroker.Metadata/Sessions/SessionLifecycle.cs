using ClassicBroker.Platform;
using ClassicBroker.ZooKeeper;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Metadata.Sessions;

/// <summary>
/// Follows the ZooKeeper session: hands watch events to <see cref="Watches"/>, and when the session has expired lets every listener give
/// up what depended on it, begins a new one, and lets them start over.
/// Threading: the ZooKeeper loop, but for <see cref="Register"/> before <see cref="Start"/>, <see cref="Watches"/> and
/// <see cref="IsCertain"/>.
/// </summary>
public sealed class SessionLifecycle(
    IZooKeeper zooKeeper,
    IEventLoop loop,
    ILogger<SessionLifecycle> logger,
    string whileDisconnected = SessionLifecycle.BrokerWhileDisconnected) : IZooKeeperWatcher
{
    /// <summary>What a lost connection means for a broker.</summary>
    public const string BrokerWhileDisconnected =
        "What this broker leads is served on, but topics, configurations and leaders cannot change until it is back";

    /// <summary>Pause before a session whose credentials were refused is tried again (they may have been put right).</summary>
    public static readonly TimeSpan AuthFailedBackoff = TimeSpan.FromSeconds(1);

    private readonly List<ISessionListener> _listeners = [];
    private readonly BackgroundWork _renewal = new("zookeeper-session-renewal", loop);
    private bool _renewing;
    private long? _lostAt;

    public ZnodeWatches Watches { get; } = new();

    public IEventLoop Loop => loop;

    /// <summary>Does the session stand for certain? One that has been silent for its timeout may have expired. Any thread.</summary>
    public bool IsCertain => zooKeeper.State is ZooKeeperSessionState.Connected or ZooKeeperSessionState.Connecting
        && zooKeeper.SilenceMs < zooKeeper.NegotiatedSessionTimeoutMs;

    /// <summary>Begins to listen. Calls of listeners follow the order of registration.</summary>
    public void Start() => zooKeeper.SetWatcher(this, loop);

    /// <summary>Adds a listener; from any thread.</summary>
    public void Register(ISessionListener listener) => loop.Execute(() => _listeners.Add(listener));

    public void WatchTriggered(WatchedEvent triggered) => Watches.Dispatch(triggered);

    public void SessionStateChanged(ZooKeeperSessionState state)
    {
        switch (state)
        {
            case ZooKeeperSessionState.Expired:
                logger.LogWarning("ZooKeeper session 0x{SessionId:x} expired; starting a new one.", zooKeeper.SessionId);
                Renew();
                break;
            case ZooKeeperSessionState.AuthFailed:
                logger.LogError("ZooKeeper refused our credentials; trying again in {BackoffMs} ms.", AuthFailedBackoff.TotalMilliseconds);
                loop.Schedule(Renew, AuthFailedBackoff);
                break;
            case ZooKeeperSessionState.Connecting:
                _lostAt = loop.Time.GetTimestamp();
                logger.LogWarning(
                    "The connection to ZooKeeper is lost. {WhileDisconnected}; session 0x{SessionId:x} ends where that takes longer than "
                        + "{TimeoutMs} ms.",
                    whileDisconnected,
                    zooKeeper.SessionId,
                    zooKeeper.NegotiatedSessionTimeoutMs);
                break;
            case ZooKeeperSessionState.Connected when _lostAt is { } lostAt:
                _lostAt = null;
                logger.LogInformation(
                    "The connection to ZooKeeper is back after {ElapsedMs} ms, with session 0x{SessionId:x}.",
                    (long)loop.Time.GetElapsedTime(lostAt).TotalMilliseconds,
                    zooKeeper.SessionId);
                break;
            default:
                logger.LogInformation("ZooKeeper session is {State}.", state);
                break;
        }
    }

    private void Renew() => _renewal.Run(RenewAsync);

    private async Task RenewAsync()
    {
        if (_renewing || zooKeeper.State == ZooKeeperSessionState.Closed)
        {
            return;
        }

        _renewing = true;
        ISessionListener[] listeners = [.. _listeners];
        foreach (var listener in listeners)
        {
            await listener.BeforeInitializingSessionAsync();
        }

        // From here a further expiry is another one, to be answered by another renewal.
        _renewing = false;
        zooKeeper.StartNewSession();
        foreach (var listener in listeners)
        {
            listener.AfterInitializingSession();
        }
    }
}
