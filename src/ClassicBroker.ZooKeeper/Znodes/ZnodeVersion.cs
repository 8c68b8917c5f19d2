namespace ClassicBroker.ZooKeeper;

/// <summary>Versions with a meaning of their own in conditional operations.</summary>
public static class ZnodeVersion
{
    /// <summary>Matches whatever version the znode has.</summary>
    public const int Any = -1;
}
