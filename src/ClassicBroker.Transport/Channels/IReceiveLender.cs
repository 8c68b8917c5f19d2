using DotNetty.Buffers;

namespace ClassicBroker.Transport;

/// <summary>
/// A handler that wants the next bytes received into memory of its own, so that a large frame is not copied. What was received is told by
/// a read whose message is the buffer lent, its writer index moved. Threading: the channel's loop.
/// </summary>
internal interface IReceiveLender
{
    /// <summary>The buffer to write behind, and how much; null where bytes shall come as they are.</summary>
    IByteBuffer? Lend(out int room);
}
