using ClassicBroker.Platform.Metrics;

namespace ClassicBroker.Rpc;

/// <summary>
/// One budget for all connections of a broker: half for frames that have come in part, half for requests that are not answered. Clients
/// that have not proved who they are have a small share of their own beside it, so that none of them takes room from those who have.
/// Owned by the broker. Threading: any loop.
/// </summary>
public sealed class RequestMemory
{
    /// <summary>
    /// What a broker without <c>queued.max.request.bytes</c> allows. Kafka allows any amount; a limit that memory sets anyway is better
    /// met by a pause than by the end of the process.
    /// </summary>
    public const long DefaultBytes = 512L * 1024 * 1024;

    private const int StrangersPart = 16;

    /// <summary>Room for some of the longest frames before authentication, however small the budget.</summary>
    private const long StrangersBytesMin = 2 * 1024 * 1024;

    /// <param name="bytesMax">The whole; not positive for none.</param>
    /// <param name="meters">Where its use is shown.</param>
    public RequestMemory(long bytesMax, MeterScope meters)
    {
        var half = bytesMax <= 0 ? long.MaxValue / 2 : Math.Max(1, bytesMax / 2);
        Frames = new(half);
        Requests = new(half);
        Strangers = new(Math.Max(StrangersBytesMin, (bytesMax <= 0 ? DefaultBytes : bytesMax) / StrangersPart));
        meters.Gauge("kafka.network:type=SocketServer,name=MemoryPoolUsed", "Bytes of requests in memory.", () => UsedBytes);
        meters.Gauge(
            "kafka.network:type=SocketServer,name=MemoryPoolAvailable",
            "Bytes of requests for which there is room.",
            () => Math.Max(0, (2 * half) - Frames.UsedBytes - Requests.UsedBytes));
        meters.Gauge(
            "kafka.network:type=SocketServer,name=MemoryPoolWaitingConnections",
            "Connections that are not read until there is room.",
            () => Frames.Waiting + Requests.Waiting + Strangers.Waiting);
    }

    /// <summary>Frames that have come in part.</summary>
    public MemoryShare Frames { get; }

    /// <summary>Requests that are not answered, by the length of their frames.</summary>
    public MemoryShare Requests { get; }

    /// <summary>Both, of clients that are not authenticated.</summary>
    public MemoryShare Strangers { get; }

    public long UsedBytes => Frames.UsedBytes + Requests.UsedBytes + Strangers.UsedBytes;
}
