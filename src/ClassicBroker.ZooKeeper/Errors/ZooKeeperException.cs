namespace ClassicBroker.ZooKeeper;

/// <summary>A ZooKeeper operation was refused, or could not be carried out; <see cref="Code"/> says which.</summary>
public class ZooKeeperException : Exception
{
    public ZooKeeperException(ZooKeeperError code, string? path)
        : base(path is null ? $"ZooKeeper answered {code}" : $"ZooKeeper answered {code} for {path}")
    {
        Code = code;
        Path = path;
    }

    public ZooKeeperError Code { get; }

    /// <summary>The path asked for, as the caller gave it; null where the operation has none.</summary>
    public string? Path { get; }

    /// <summary>The exception type that tells <paramref name="code"/> best.</summary>
    public static ZooKeeperException For(ZooKeeperError code, string? path) => code switch
    {
        ZooKeeperError.ConnectionLoss => new ConnectionLossException(path),
        ZooKeeperError.SessionExpired => new SessionExpiredException(path),
        _ => new ZooKeeperException(code, path),
    };
}
