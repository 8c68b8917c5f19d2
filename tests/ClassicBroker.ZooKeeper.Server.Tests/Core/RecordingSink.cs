using ClassicBroker.ZooKeeper.Jute;
using ClassicBroker.ZooKeeper.Server.Connections;

namespace ClassicBroker.ZooKeeper.Server.Tests.Core;

/// <summary>Keeps what a server sends to one client, apart from what it has flushed.</summary>
internal sealed class RecordingSink : IFrameSink
{
    private readonly Queue<byte[]> _unflushed = new();

    /// <summary>Frames that have left the server.</summary>
    public Queue<byte[]> Received { get; } = new();

    public bool IsClosed { get; private set; }

    public void Send(ReadOnlySpan<byte> frame) => _unflushed.Enqueue(frame.ToArray());

    public void SendRaw(ReadOnlySpan<byte> bytes) => _unflushed.Enqueue(bytes.ToArray());

    public void Flush()
    {
        while (_unflushed.TryDequeue(out var frame))
        {
            Received.Enqueue(frame);
        }
    }

    public void CloseAfterFlush() => IsClosed = true;

    public void Close() => IsClosed = true;
}
