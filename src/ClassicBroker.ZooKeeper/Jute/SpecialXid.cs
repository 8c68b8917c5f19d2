namespace ClassicBroker.ZooKeeper.Jute;

/// <summary>Exchange ids that are not a client's own count.</summary>
public static class SpecialXid
{
    public const int WatchEvent = -1;
    public const int Ping = -2;
    public const int Auth = -4;
    public const int SetWatches = -8;
}
