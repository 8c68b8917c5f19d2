namespace ClassicBroker.ZooKeeper.Server.Tree;

/// <summary>Owners of znodes that are not sessions (<c>EphemeralType</c>).</summary>
internal static class EphemeralOwner
{
    public const long None = 0;

    /// <summary>The znode goes once its last child has gone.</summary>
    public const long Container = long.MinValue;

    public static bool IsSession(long owner) => owner is not None and not Container;
}
