using ClassicBroker.Primitives;
using ClassicBroker.Protocol;
using ClassicBroker.Protocol.Messages;
using DotNetty.Buffers;

namespace ClassicBroker.Rpc;

/// <summary>A request that was sent and waits for its answer. Threading: the connection's loop.</summary>
internal abstract class PendingCall(IRequest request, short version, long timeoutMs)
{
    public IRequest Request { get; } = request;

    public short Version { get; } = version;

    public long TimeoutMs { get; } = timeoutMs;

    public int CorrelationId { get; set; }

    /// <summary>On the loop's monotonic clock.</summary>
    public long DeadlineMs { get; set; }

    /// <summary>False for acks=0, which ends when it is handed to the network.</summary>
    public bool IsAnswered => Request is not ProduceRequest { Acks: 0 };

    /// <summary>Reads the answer, whose header has been seen to be this call's.</summary>
    /// <exception cref="MalformedDataException">It is not an answer to the request.</exception>
    public abstract void Complete(IByteBuffer frame);

    public abstract void CompleteUnanswered();

    public abstract void Fail(Exception failure);
}
