using System.Buffers.Binary;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Rpc.Authorization;
using ClassicBroker.Transport;
using DotNetty.Buffers;
using DotNetty.Transport.Channels;

namespace ClassicBroker.Rpc;

/// <summary>
/// The end of a broker's pipeline: turns frames into typed requests and starts their handlers, in order and without waiting for one to
/// end. A peer that breaks the protocol loses its connection and gets no answer, as with Kafka; only an ApiVersions request of an unknown
/// version is answered. Threading: the channel's loop.
/// </summary>
internal sealed class RequestDecoder(
    ClientConnection connection,
    RequestDispatcher dispatcher,
    RequestLimits limits,
    ResponseQueue responses,
    RequestSteps steps,
    RequestMetrics metrics,
    RequestTrace trace) : TransportHandler
{
    private const int FixedHeaderLength = 8;

    private BackgroundWork? _waiting;

    public override void ChannelRead(IChannelHandlerContext context, object message)
    {
        var frame = (IByteBuffer)message;
        var bytes = frame.ReadableMemory();
        responses.BeginBurst();
        if (bytes.Length < FixedHeaderLength)
        {
            throw new MalformedDataException($"a request of {bytes.Length} bytes");
        }

        var key = BinaryPrimitives.ReadInt16BigEndian(bytes.Span);
        var version = BinaryPrimitives.ReadInt16BigEndian(bytes.Span[2..]);
        if (!dispatcher.TryGet(key, out var handler))
        {
            throw new MalformedDataException($"api key {key} is not served");
        }

        if (!connection.IsAuthenticated && handler.Api.Key is not (ApiKey.ApiVersions or ApiKey.SaslHandshake or ApiKey.SaslAuthenticate))
        {
            throw new MalformedDataException($"{handler.Api} before authentication");
        }

        var reader = new ProtocolReader(bytes, connection.IsAuthenticated ? limits.ParseSlackBytes : ProtocolReader.BudgetSlack);
        var header = new RequestHeader();
        header.Read(ref reader, handler.Api.RequestHeaderVersion(version));
        var request = new RequestContext(handler, header, connection, frame, responses.BurstBeganAt, steps, trace);
        if (handler.Api.Supports(version))
        {
            Start(request, handler, ref reader);
        }
        else if (handler.Api.Key == ApiKey.ApiVersions)
        {
            RefuseVersion(request);
        }
        else
        {
            throw new MalformedDataException($"version {version} of {handler.Api} is not served");
        }
    }

    public override void ChannelReadComplete(IChannelHandlerContext context) => responses.EndBurst();

    public override void ChannelInactive(IChannelHandlerContext context) => responses.Close();

    public override void ChannelWritabilityChanged(IChannelHandlerContext context)
    {
        if (context.Channel.IsWritable)
        {
            connection.Resume(ReadingPause.Unwritable);
        }
        else
        {
            connection.Pause(ReadingPause.Unwritable);
        }
    }

    public override void UserEventTriggered(IChannelHandlerContext context, object evt)
    {
        switch (evt)
        {
            case IdleStateEvent when responses.Count == 0:
                trace.Idle(connection);
                connection.Close();
                break;
            case PeerFinishedEvent:
                responses.CloseWhenAnswered();
                break;
        }
    }

    protected override void OnException(IChannelHandlerContext context, Exception exception)
    {
        switch (exception)
        {
            case MalformedDataException or InvalidReceiveException:
                metrics.Malformed();
                trace.Malformed(connection, RequestTrace.Describe(exception));
                break;
            case TlsHandshakeException:
                trace.HandshakeFailed(connection, exception.Message);
                break;
            case IOException:
                trace.Reset(connection, exception.Message);
                break;
            default:
                trace.Failed(connection, exception);
                break;
        }

        // What was asked before the fault, and is answered, still leaves.
        responses.EndBurst();
        connection.Close();
    }

    private void Start(RequestContext context, IRequestHandler handler, ref ProtocolReader reader)
    {
        var request = handler.Api.NewRequest();
        request.Read(ref reader, context.ApiVersion);
        context.IsOfFollower = request is FetchRequest { ReplicaId: >= 0 } or FetchRequest { ReplicaState.ReplicaId: >= 0 };
        responses.Enqueue(context);
        context.BeginSpan(request);
        context.Times.StartedAt = Now;
        ValueTask<IResponse?> answer;
        try
        {
            answer = context.RefusedBy(request) is { } rule
                ? new(RefuseAccess(context, handler, request, rule))
                : handler.HandleAsync(request, context);
        }
        catch (Exception failure) when (failure is not InvariantViolatedException)
        {
            Fail(context, handler, request, failure);
            return;
        }
        finally
        {
            context.TakeBackFrame();
            context.Times.HandledAt = Now;
            responses.AddHandlerTime(context.Times.HandledAt - context.Times.StartedAt);
        }

        if (answer.IsCompletedSuccessfully)
        {
            responses.Complete(context, Charge(context, request, answer.Result));
        }
        else
        {
            _waiting ??= new BackgroundWork("request", connection.Channel.Loop);
            _waiting.Watch(AwaitAsync(context, handler, request, answer));
        }
    }

    private async Task AwaitAsync(RequestContext context, IRequestHandler handler, IRequest request, ValueTask<IResponse?> answer)
    {
        IResponse? response;
        try
        {
            response = await answer;
        }
        catch (Exception failure) when (failure is not InvariantViolatedException)
        {
            Fail(context, handler, request, failure);
            return;
        }

        Finish(context, Charge(context, request, response));
    }

    /// <summary>Tells the quotas of a request whose answer is ready, and holds its client back for as long as they say.</summary>
    private IResponse? Charge(RequestContext context, IRequest request, IResponse? response)
    {
        steps.Quotas?.Complete(context, request, context.Times.LocalTime(connection.Channel.Loop.Time));
        if (context.ThrottleTimeMs > 0)
        {
            if (response is IThrottledResponse throttled)
            {
                throttled.ThrottleTimeMs = context.ThrottleTimeMs;
            }

            connection.Mute(TimeSpan.FromMilliseconds(context.ThrottleTimeMs));
        }

        return response;
    }

    /// <summary>Outside the pipeline's own guard, what goes wrong while sending ends the connection here.</summary>
    private void Finish(RequestContext context, IResponse? response)
    {
        try
        {
            responses.Complete(context, response);
        }
        catch (Exception failure) when (failure is not InvariantViolatedException)
        {
            trace.Failed(connection, failure);
            connection.Close();
        }
    }

    private void Fail(RequestContext context, IRequestHandler handler, IRequest request, Exception failure)
    {
        trace.HandlerFailed(context, failure);
        var response = handler.ErrorResponse(request, ErrorCode.UnknownServerError, context.ApiVersion);
        if (response is null)
        {
            connection.Close();
        }

        Finish(context, response);
    }

    /// <summary>As a failure does, a refusal that has no answer ends the connection.</summary>
    private IResponse? RefuseAccess(RequestContext context, IRequestHandler handler, IRequest request, AccessRule rule)
    {
        var response = handler.Refuse(request, rule, context);
        if (response is null)
        {
            connection.Close();
        }

        return response;
    }

    private long Now => connection.Channel.Loop.Time.GetTimestamp();

    private void RefuseVersion(RequestContext context)
    {
        context.ResponseVersion = 0;
        responses.Enqueue(context);
        context.Times.StartedAt = context.Times.HandledAt = Now;
        responses.Complete(context, ApiVersionsHandler.UnsupportedVersion(context.Api));
    }
}
