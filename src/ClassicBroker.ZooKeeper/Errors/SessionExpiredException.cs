namespace ClassicBroker.ZooKeeper;

/// <summary>
/// The ensemble has declared the session dead: its ephemeral znodes and watches are gone, and no call on it can succeed until
/// <see cref="IZooKeeper.StartNewSession"/>.
/// </summary>
public sealed class SessionExpiredException(string? path) : ZooKeeperException(ZooKeeperError.SessionExpired, path);
