using System.Buffers.Binary;
using ClassicBroker.Transport;

namespace ClassicBroker.ZooKeeper.Server.Connections;

/// <summary>
/// Looks at a connection's first four bytes: a four-letter word is announced as a <see cref="FourLetterWordEvent"/>, anything else is
/// the length
/// of the first frame and goes on, and the handler goes. Threading: the channel's loop only.
/// </summary>
internal sealed class FourLetterWordHandler : ChannelHandler
{
    private readonly byte[] _first = new byte[sizeof(int)];
    private int _count;

    public override void Read(ChannelHandlerContext context, Memory<byte> bytes)
    {
        var taken = Math.Min(bytes.Length, _first.Length - _count);
        bytes.Span[..taken].CopyTo(_first.AsSpan(_count));
        _count += taken;
        if (_count < _first.Length)
        {
            return;
        }

        context.Channel.Pipeline.Remove(this);
        var word = BinaryPrimitives.ReadInt32BigEndian(_first);
        if (FourLetterWords.IsWord(word))
        {
            context.FireUserEvent(new FourLetterWordEvent(word));
            return;
        }

        context.FireRead(_first);
        if (taken < bytes.Length)
        {
            context.FireRead(bytes[taken..]);
        }
    }
}
