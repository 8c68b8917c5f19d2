using System.Net;

namespace ClassicBroker.Transport;

/// <summary>A bound address that accepts connections until it is disposed. Channels it accepted live on. Safe from any thread.</summary>
public interface IChannelListener : IDisposable
{
    /// <summary>Where it listens, with the port the system chose where 0 was asked for.</summary>
    IPEndPoint LocalEndPoint { get; }
}
