namespace ClassicBroker.ZooKeeper;

/// <summary>
/// The connection went before the answer came. The outcome is unknown: a write may have happened, may happen no more, and only
/// reading it back tells. The session lives on.
/// </summary>
public sealed class ConnectionLossException(string? path) : ZooKeeperException(ZooKeeperError.ConnectionLoss, path);
