using System.Net;
using ClassicBroker.Platform;
using ClassicBroker.Protocol;
using ClassicBroker.Protocol.Messages;
using DotNetty.Buffers;

namespace ClassicBroker.Rpc;

/// <summary>
/// One request under way: what its header says, the connection it came by, and its place among the answers of that connection.
/// Threading: the connection's loop; what a handler reads of it never changes.
/// </summary>
public sealed class RequestContext
{
    private readonly RequestTrace _trace;
    private IByteBuffer? _frame;

    internal RequestContext(
        ApiDescriptor api, RequestHeader header, ClientConnection connection, IByteBuffer frame, long receivedAt, RequestTrace trace)
    {
        _trace = trace;
        _frame = frame;
        Api = api;
        Header = header;
        Connection = connection;
        FrameLength = frame.ReadableBytes;
        ReceivedAt = receivedAt;
        ResponseVersion = header.RequestApiVersion;
    }

    public ApiDescriptor Api { get; }

    public ApiKey ApiKey => Api.Key;

    public RequestHeader Header { get; }

    public short ApiVersion => Header.RequestApiVersion;

    public int CorrelationId => Header.CorrelationId;

    /// <summary>Empty where the client gave none.</summary>
    public string ClientId => Header.ClientId ?? "";

    public ClientConnection Connection { get; }

    public string ListenerName => Connection.Listener.Name;

    public KafkaPrincipal Principal => Connection.Principal;

    public IPAddress ClientAddress => Connection.ClientAddress;

    /// <summary>The loop this request is handled on.</summary>
    public IEventLoop Loop => Connection.Channel.Loop;

    /// <summary>Cancelled when the connection closes: no one reads the answer any more. On the loop.</summary>
    public CancellationToken Cancellation => Connection.Closed;

    /// <summary>Bytes of the request, its length field not counted.</summary>
    public int FrameLength { get; }

    /// <summary>Timestamp of the loop's clock at which the request had arrived.</summary>
    internal long ReceivedAt { get; }

    /// <summary>The version the answer is written in: the request's own, but for an ApiVersions request from the future.</summary>
    internal short ResponseVersion { get; set; }

    internal bool IsComplete { get; private set; }

    /// <summary>The answer once complete; null where there is none to send.</summary>
    internal IResponse? Response { get; private set; }

    /// <summary>Logs a failure that nothing foresaw. The request goes on, and its answer says UNKNOWN_SERVER_ERROR where that is.</summary>
    public void Report(Exception failure) => _trace.HandlerFailed(this, failure);

    /// <summary>
    /// Keeps the frame, and with it the records of the request, past the first await of the handler, which asks before that and disposes
    /// of the lease when it is done with the records.
    /// </summary>
    /// <exception cref="InvalidOperationException">The handler has awaited already: the frame is gone.</exception>
    public FrameLease KeepFrame() =>
        new(_frame ?? throw new InvalidOperationException($"The frame of {Api} is asked for after the handler's first await"));

    internal void TakeBackFrame() => _frame = null;

    internal void Complete(IResponse? response)
    {
        Response = response;
        IsComplete = true;
    }
}
