namespace ClassicBroker.ZooKeeper;

/// <summary>Where one server of an ensemble listens.</summary>
public readonly record struct ZooKeeperAddress(string Host, int Port)
{
    public const int PortDefault = 2181;

    public override string ToString() => Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]:{Port}" : $"{Host}:{Port}";
}
