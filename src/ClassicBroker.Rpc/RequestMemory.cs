using ClassicBroker.Platform.Metrics;

namespace ClassicBroker.Rpc;

/// <summary>
/// One budget for all connections of a broker: half for frames that have come in part, half for requests that are not answered. Owned by
/// the broker. Threading: any loop.
/// </summary>
public sealed class RequestMemory
{
    /// <summary>
    /// What a broker without <c>queued.max.request.bytes</c> allows. Kafka allows any amount; a limit that memory sets anyway is better
    /// met by a pause than by the end of the process.
    /// </summary>
    public const long DefaultBytes = 512L * 1024 * 1024;

    /// <param name="bytesMax">The whole; not positive for none.</param>
    /// <param name="meters">Where its use is shown.</param>
    public RequestMemory(long bytesMax, MeterScope meters)
    {
        var half = bytesMax <= 0 ? long.MaxValue / 2 : Math.Max(1, bytesMax / 2);
        Frames = new(half);
        Requests = new(half);
        meters.Gauge("kafka.network:type=SocketServer,name=MemoryPoolUsed", "Bytes of requests in memory.", () => UsedBytes);
        meters.Gauge(
            "kafka.network:type=SocketServer,name=MemoryPoolAvailable",
            "Bytes of requests for which there is room.",
            () => Math.Max(0, (2 * half) - UsedBytes));
        meters.Gauge(
            "kafka.network:type=SocketServer,name=MemoryPoolWaitingConnections",
            "Connections that are not read until there is room.",
            () => Frames.Waiting + Requests.Waiting);
    }

    /// <summary>Frames that have come in part.</summary>
    public MemoryShare Frames { get; }

    /// <summary>Requests that are not answered, by the length of their frames.</summary>
    public MemoryShare Requests { get; }

    public long UsedBytes => Frames.UsedBytes + Requests.UsedBytes;
}
