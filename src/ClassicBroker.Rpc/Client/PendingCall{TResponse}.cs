using ClassicBroker.Primitives;
using ClassicBroker.Protocol;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Transport;
using DotNetty.Buffers;

namespace ClassicBroker.Rpc;

/// <summary>
/// A pending call with its typed outcome. Threading: the connection's loop; the outcome may be awaited anywhere. With
/// <c>inPlace</c> the answer is handed over while its records lie in the receive buffer, and nothing is copied.
/// </summary>
internal sealed class PendingCall<TResponse>(IRequest request, short version, long timeoutMs, Action<TResponse>? inPlace = null)
    : PendingCall(request, version, timeoutMs)
    where TResponse : class, IResponse, IMessage<TResponse>, new()
{
    // What a broker sends is trusted with the memory its answer takes; a fetch of many partitions is large as objects.
    private const long ParseSlackBytes = 1L << 30;

    private readonly TaskCompletionSource<RpcResponse<TResponse>> _outcome = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<RpcResponse<TResponse>> Outcome => _outcome.Task;

    public override void Complete(IByteBuffer frame)
    {
        var response = Read(frame.ReadableMemory());
        if (inPlace is not null)
        {
            inPlace(response);
            _outcome.TrySetResult(new(response, null));
            return;
        }

        var lease = Request.Api.ResponseCarriesRecords ? new FrameLease(frame) : null;
        if (!_outcome.TrySetResult(new(response, lease)))
        {
            lease?.Dispose();
        }
    }

    public override void CompleteUnanswered() => _outcome.TrySetResult(new(new TResponse(), null));

    public override void Fail(Exception failure) => _outcome.TrySetException(failure);

    private TResponse Read(Memory<byte> frame)
    {
        var version = ApiVersionsNegotiation.AnsweredVersion(Request.Api, Version, frame.Span);
        var reader = new ProtocolReader(frame, ParseSlackBytes);
        new ResponseHeader().Read(ref reader, Request.Api.ResponseHeaderVersion(version));
        var response = new TResponse();
        try
        {
            response.Read(ref reader, version);
        }
        catch (MalformedDataException) when (version != Version)
        {
            // A refused ApiVersions: its error was read, and the range behind it is a hint that librdkafka's mock cluster writes wrong.
        }

        return response;
    }
}
