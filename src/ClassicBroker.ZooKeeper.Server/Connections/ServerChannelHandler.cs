using System.Net;
using ClassicBroker.Primitives;
using ClassicBroker.Transport;
using DotNetty.Buffers;
using DotNetty.Codecs;
using DotNetty.Transport.Channels;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.ZooKeeper.Server.Connections;

/// <summary>
/// Last in the pipeline of a client's channel: frames go to the server, answers to the channel. Threading: the server loop.
/// </summary>
internal sealed class ServerChannelHandler(ZooKeeperServer server, TransportChannel channel, ILogger logger) : TransportHandler, IFrameSink
{
    private ServerConnection? _connection;

    public override void ChannelActive(IChannelHandlerContext context) =>
        _connection = server.Accept(this, channel.RemoteAddress as IPEndPoint ?? new IPEndPoint(IPAddress.Loopback, 0));

    /// <summary>A frame of the codec's, which is this handler's to release.</summary>
    public override void ChannelRead(IChannelHandlerContext context, object message)
    {
        var frame = (IByteBuffer)message;
        try
        {
            _connection?.Receive(frame.ReadableSpan());
        }
        finally
        {
            frame.Release();
        }
    }

    /// <summary>A client that does not take its answers is not listened to.</summary>
    public override void ChannelWritabilityChanged(IChannelHandlerContext context) => channel.AutoRead = channel.IsWritable;

    public override void UserEventTriggered(IChannelHandlerContext context, object evt)
    {
        if (evt is FourLetterWordEvent fourLetterWord)
        {
            _connection?.ReceiveFourLetterWord(fourLetterWord.Word);
        }
        else
        {
            context.FireUserEventTriggered(evt);
        }
    }

    public override void ChannelInactive(IChannelHandlerContext context) => _connection?.Closed();

    protected override void OnException(IChannelHandlerContext context, Exception exception)
    {
        if (exception is MalformedDataException or DecoderException)
        {
            logger.LogWarning("Closing {Remote}: {Reason}", channel.RemoteAddress, exception.Message);
        }
        else
        {
            logger.LogInformation(exception, "Closing {Remote}", channel.RemoteAddress);
        }

        context.Close();
    }

    public void Send(ReadOnlySpan<byte> frame) => channel.Send(channel.Allocator.Copy(frame));

    public void SendRaw(ReadOnlySpan<byte> bytes)
    {
        // The answer to a four-letter word is no frame, and the last thing the connection carries.
        if (channel.Pipeline.Get<LengthFieldPrepender>() is { } prepender)
        {
            channel.Pipeline.Remove(prepender);
        }

        channel.Send(channel.Allocator.Copy(bytes));
    }

    public void Flush() => channel.Flush();

    public void CloseAfterFlush() => channel.CloseAfterFlush();

    public void Close() => channel.Close();
}
