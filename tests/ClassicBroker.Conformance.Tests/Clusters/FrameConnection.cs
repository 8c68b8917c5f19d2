using System.Buffers.Binary;
using ClassicBroker.Platform;
using ClassicBroker.Simulation.Clusters;
using ClassicBroker.Testing.Channels;
using ClassicBroker.Transport;
using DotNetty.Buffers;
using DotNetty.Transport.Channels;

namespace ClassicBroker.Conformance.Tests.Clusters;

/// <summary>A connection to a broker of a simulated cluster that carries frames as they are. Threading: the test's thread.</summary>
internal sealed class FrameConnection
{
    private const int LengthFieldSize = 4;
    private const int FrameLengthMax = 1 << 26;

    private readonly SimulatedCluster _cluster;
    private readonly Queue<byte[]> _answers = new();
    private readonly TransportChannel _channel;

    public FrameConnection(SimulatedCluster cluster, int brokerId)
    {
        _cluster = cluster;
        _channel = cluster.Await(cluster.ClientLoop.InvokeAsync(() => cluster.ClientTransport.ConnectAsync(new ConnectOptions
        {
            Host = $"broker-{brokerId}",
            Port = 9092,
            Initializer = channel => channel.Pipeline.AddLast(new LengthFieldFrameDecoder(FrameLengthMax)).AddLast(new Answers(_answers)),
        })));
    }

    public bool IsOpen => _channel.Open;

    /// <summary>An answer that came.</summary>
    public byte[]? Take() => _answers.TryDequeue(out var answer) ? answer : null;

    public void Send(byte[] frame)
    {
        var bytes = new byte[LengthFieldSize + frame.Length];
        BinaryPrimitives.WriteInt32BigEndian(bytes, frame.Length);
        frame.CopyTo(bytes, LengthFieldSize);
        _cluster.ClientLoop.Execute(() => _ = _channel.WriteAndFlushAsync(Message.Of(bytes)));
    }

    private sealed class Answers(Queue<byte[]> answers) : TransportHandler
    {
        public override void ChannelRead(IChannelHandlerContext context, object message) =>
            answers.Enqueue(((IByteBuffer)message).ReadableSpan().ToArray());
    }
}
