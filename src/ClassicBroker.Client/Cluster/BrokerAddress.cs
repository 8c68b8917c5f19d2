namespace ClassicBroker.Client.Cluster;

/// <summary>Where a broker listens.</summary>
internal readonly record struct BrokerAddress(string Host, int Port)
{
    public override string ToString() => Host.Contains(':') ? $"[{Host}]:{Port}" : $"{Host}:{Port}";
}
