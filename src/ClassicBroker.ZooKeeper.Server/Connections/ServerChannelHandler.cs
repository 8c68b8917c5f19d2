using System.Buffers.Binary;
using System.Net;
using ClassicBroker.Primitives;
using ClassicBroker.Transport;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.ZooKeeper.Server.Connections;

/// <summary>
/// Last in the pipeline of a client's channel: frames go to the server, answers to the channel. Threading: the server loop.
/// </summary>
internal sealed class ServerChannelHandler(ZooKeeperServer server, Channel channel, ILogger logger) : ChannelHandler, IFrameSink
{
    private ServerConnection? _connection;

    public override void Active(ChannelHandlerContext context) =>
        _connection = server.Accept(this, channel.RemoteEndPoint as IPEndPoint ?? new IPEndPoint(IPAddress.Loopback, 0));

    public override void Read(ChannelHandlerContext context, Memory<byte> bytes) => _connection?.Receive(bytes.Span);

    /// <summary>A client that does not take its answers is not listened to.</summary>
    public override void WritabilityChanged(ChannelHandlerContext context) => channel.AutoRead = channel.IsWritable;

    public override void UserEvent(ChannelHandlerContext context, object userEvent)
    {
        if (userEvent is FourLetterWordEvent fourLetterWord)
        {
            _connection?.ReceiveFourLetterWord(fourLetterWord.Word);
        }
        else
        {
            context.FireUserEvent(userEvent);
        }
    }

    public override void Inactive(ChannelHandlerContext context) => _connection?.Closed();

    public override void ExceptionCaught(ChannelHandlerContext context, Exception exception)
    {
        if (exception is MalformedDataException or InvalidReceiveException)
        {
            logger.LogWarning("Closing {Remote}: {Reason}", channel.RemoteEndPoint, exception.Message);
        }
        else
        {
            logger.LogInformation(exception, "Closing {Remote}", channel.RemoteEndPoint);
        }

        context.Close();
    }

    public void Send(ReadOnlySpan<byte> frame)
    {
        var payload = new PooledPayload(sizeof(int) + frame.Length);
        BinaryPrimitives.WriteInt32BigEndian(payload.Span, frame.Length);
        frame.CopyTo(payload.Span[sizeof(int)..]);
        channel.Write(payload);
    }

    public void SendRaw(ReadOnlySpan<byte> bytes) => channel.Write(PooledPayload.Copy(bytes));

    public void Flush() => channel.Flush();

    public void CloseAfterFlush() => channel.CloseAfterFlush();

    public void Close() => channel.Close();
}
