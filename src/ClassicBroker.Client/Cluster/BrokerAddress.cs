using System.Net;

namespace ClassicBroker.Client.Cluster;

/// <summary>Where a broker listens.</summary>
internal readonly record struct BrokerAddress(string Host, int Port)
{
    /// <summary>It means whatever machine it is used on.</summary>
    public bool IsLoopback =>
        Host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
            || (IPAddress.TryParse(Host, out var address) && IPAddress.IsLoopback(address));

    public override string ToString() => Host.Contains(':') ? $"[{Host}]:{Port}" : $"{Host}:{Port}";
}
