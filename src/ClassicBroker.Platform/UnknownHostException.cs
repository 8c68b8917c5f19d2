namespace ClassicBroker.Platform;

/// <summary>A host name has no address.</summary>
public sealed class UnknownHostException(string host, string reason) : IOException($"{host}: {reason}")
{
    public string Host { get; } = host;
}
