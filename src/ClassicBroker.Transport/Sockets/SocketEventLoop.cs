using ClassicBroker.Platform;

namespace ClassicBroker.Transport;

/// <summary>
/// A loop for channels over the platform's sockets, which tell it through its queue when there is something to do, on any system that .NET
/// runs on. Its channels share one receive buffer, since only one is read at a time.
/// </summary>
public sealed class SocketEventLoop : MonitorEventLoop
{
    internal const int SendBufferBytes = 64 * 1024;

    private readonly HashSet<SocketChannel> _channels = [];

    /// <inheritdoc cref="SingleThreadEventLoop(string, TimeProvider, Action{Exception})"/>
    public SocketEventLoop(string name, TimeProvider time, Action<Exception> fatal)
        : base(name, time, fatal)
    {
        Netty = new(this, new ArrayPoolAllocator());
        Receiving = new(Netty.Allocator);
        Start();
    }

    /// <summary>The loop as DotNetty's pipeline knows it.</summary>
    public NettyLoop Netty { get; }

    /// <summary>Where what arrives is received; a channel uses it for the length of one call.</summary>
    internal ReceiveMemory Receiving { get; }

    /// <summary>Where small payloads are put together for one send; used for the length of one call.</summary>
    internal byte[] SendBuffer { get; } = GC.AllocateUninitializedArray<byte>(SendBufferBytes);

    internal void Add(SocketChannel channel) => _channels.Add(channel);

    internal void Remove(SocketChannel channel) => _channels.Remove(channel);

    protected override void Stopping()
    {
        foreach (var channel in _channels.ToArray())
        {
            channel.Close();
        }
    }

    protected override void Stopped() => Receiving.Release();
}
