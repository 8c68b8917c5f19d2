using System.Buffers.Binary;
using ClassicBroker.Transport;
using DotNetty.Buffers;
using DotNetty.Transport.Channels;

namespace ClassicBroker.ZooKeeper.Server.Connections;

/// <summary>
/// Looks at a connection's first four bytes: a four-letter word is announced as a <see cref="FourLetterWordEvent"/>, anything else is
/// the length
/// of the first frame and goes on, and the handler goes. Threading: the channel's loop only.
/// </summary>
internal sealed class FourLetterWordHandler : TransportHandler
{
    private readonly byte[] _first = new byte[sizeof(int)];
    private int _count;

    public override void ChannelRead(IChannelHandlerContext context, object message)
    {
        var bytes = (IByteBuffer)message;
        var taken = Math.Min(bytes.ReadableBytes, _first.Length - _count);
        bytes.ReadBytes(_first, _count, taken);
        _count += taken;
        if (_count < _first.Length)
        {
            return;
        }

        context.Channel.Pipeline.Remove(this);
        var word = BinaryPrimitives.ReadInt32BigEndian(_first);
        if (FourLetterWords.IsWord(word))
        {
            context.FireUserEventTriggered(new FourLetterWordEvent(word));
            return;
        }

        var length = context.Allocator.Copy(_first);
        context.FireChannelRead(length);
        length.Release();
        if (bytes.IsReadable())
        {
            context.FireChannelRead(bytes);
        }
    }
}
