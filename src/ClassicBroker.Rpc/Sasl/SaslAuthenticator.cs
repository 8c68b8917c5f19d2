using System.Buffers.Binary;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Transport;
using DotNetty.Buffers;
using DotNetty.Transport.Channels;

namespace ClassicBroker.Rpc.Sasl;

/// <summary>
/// The gate of a SASL listener, between frames and requests. Until a client has proved who it is, only ApiVersions, SaslHandshake and
/// SaslAuthenticate, or after SaslHandshake 0 bare tokens, are parsed; afterwards frames pass until the session ends, which another
/// handshake prolongs (KIP-368). A refusal is held back for a while and ends the connection.
/// <code>
/// Versions ─ApiVersions─▶ Handshake ─SaslHandshake─▶ Tokens ─▶ Done ─SaslHandshake─▶ Tokens …
///     ├──────SaslHandshake──────────────────────────▶  ▲  │
///     └──────a token of Kerberos────────────────────▶  └─Evaluating, where a mechanism takes its time
/// </code>
/// Threading: the channel's loop.
/// </summary>
internal sealed class SaslAuthenticator(
    ClientConnection connection,
    SaslListener listener,
    RequestDispatcher dispatcher,
    ResponseQueue responses,
    RequestMetrics metrics,
    RequestTrace trace) : TransportHandler
{
    private const int FixedHeaderLength = 8;
    private const short FirstVersionWithoutBareTokens = 1;
    private const short FirstVersionWithSoftware = 3;
    private const long ReauthenticationPauseMs = 1000;

    /// <summary>What a token of Kerberos begins with (RFC 2743, 3.1).</summary>
    private const byte KerberosTokenTag = 0x60;


    private readonly RequestHeader _bareHeader = new() { RequestApiKey = (short)ApiKey.SaslAuthenticate };
    private Stage _stage;
    private ISaslServerMechanism? _mechanism;
    private ISaslServer? _exchange;
    private bool _bareTokens;
    private SaslSession? _session;
    private long? _lastHandshakeMs;
    private IScheduledWork? _timer;
    private RequestContext? _refused;
    private BackgroundWork? _evaluations;

    private enum Stage
    {
        Versions,
        Handshake,
        Tokens,
        Evaluating,
        Done,
        Failed,
    }

    public override void ChannelActive(IChannelHandlerContext context)
    {
        _timer = connection.Channel.Schedule(TimeOut, listener.Timeout - connection.Channel.Waited);
        context.FireChannelActive();
    }

    public override void ChannelRead(IChannelHandlerContext context, object message)
    {
        var frame = (IByteBuffer)message;
        switch (_stage)
        {
            case Stage.Done:
                PassOn(context, frame);
                break;
            case Stage.Tokens when _bareTokens:
                TakeToken(Context(ApiCatalog.Get(ApiKey.SaslAuthenticate), _bareHeader, frame), frame.ReadableMemory());
                break;
            case Stage.Failed:
                break;
            default:
                TakeRequest(context, frame);
                break;
        }
    }

    public override void HandlerRemoved(IChannelHandlerContext context)
    {
        _timer?.Cancel();
        if (_refused is { } refused)
        {
            _refused = null;
            responses.Complete(refused, null);
        }
    }

    protected override void OnException(IChannelHandlerContext context, Exception exception)
    {
        if (_stage is Stage.Done or Stage.Failed || exception is not (MalformedDataException or InvalidReceiveException))
        {
            context.FireExceptionCaught(exception);
            return;
        }

        metrics.Malformed();
        Fail(RequestTrace.Describe(exception));
    }

    private long NowMs => connection.Channel.Loop.Time.MonotonicMs();

    /// <summary>A request of an authenticated client. Where its session has ended, nothing but a new handshake is taken.</summary>
    private void PassOn(IChannelHandlerContext context, IByteBuffer frame)
    {
        if (_session!.EndsAtMs is not null)
        {
            if (IsHandshake(frame) && MayReauthenticate())
            {
                TakeRequest(context, frame);
                return;
            }

            if (_session.HasEnded(NowMs))
            {
                connection.Processor.EndSession();
                trace.SessionEnded(connection);
                connection.Close();
                return;
            }
        }

        context.FireChannelRead(frame);
    }

    private static bool IsHandshake(IByteBuffer frame) =>
        frame.ReadableBytes >= FixedHeaderLength
        && BinaryPrimitives.ReadInt16BigEndian(frame.ReadableSpan()) == (short)ApiKey.SaslHandshake;

    private bool MayReauthenticate()
    {
        var nowMs = NowMs;
        if (_lastHandshakeMs is { } lastMs && nowMs - lastMs < ReauthenticationPauseMs)
        {
            return false;
        }

        _lastHandshakeMs = nowMs;
        _stage = Stage.Handshake;
        _timer = connection.Channel.Schedule(TimeOut, listener.Timeout);
        return true;
    }

    private void TakeRequest(IChannelHandlerContext context, IByteBuffer frame)
    {
        var bytes = frame.ReadableMemory();
        if (bytes.Length < FixedHeaderLength)
        {
            throw new MalformedDataException($"a request of {bytes.Length} bytes before authentication");
        }

        if (IsKerberosToken(bytes.Span))
        {
            TakeKerberosToken(frame);
            return;
        }

        var key = (ApiKey)BinaryPrimitives.ReadInt16BigEndian(bytes.Span);
        var version = BinaryPrimitives.ReadInt16BigEndian(bytes.Span[2..]);
        if (key is not (ApiKey.ApiVersions or ApiKey.SaslHandshake or ApiKey.SaslAuthenticate))
        {
            throw new MalformedDataException($"a request of api key {(short)key} before authentication");
        }

        var api = ApiCatalog.Get(key);
        var reader = new ProtocolReader(bytes, ProtocolReader.BudgetSlack);
        var header = new RequestHeader();
        header.Read(ref reader, api.RequestHeaderVersion(version));
        if (key == ApiKey.ApiVersions)
        {
            TakeVersions(context, frame, header, ref reader);
            return;
        }

        if (!api.Supports(version))
        {
            End($"version {version} of {api} is not served");
            return;
        }

        var request = Context(api, header, frame);
        if (key == ApiKey.SaslHandshake)
        {
            var handshake = new SaslHandshakeRequest();
            handshake.Read(ref reader, version);
            TakeHandshake(request, handshake.Mechanism);
        }
        else
        {
            var authenticate = new SaslAuthenticateRequest();
            authenticate.Read(ref reader, version);
            TakeAuthenticate(request, authenticate.AuthBytes);
        }
    }

    /// <summary>Answered by the handler of requests, once.</summary>
    private void TakeVersions(IChannelHandlerContext context, IByteBuffer frame, RequestHeader header, ref ProtocolReader reader)
    {
        var api = ApiCatalog.ApiVersions;
        if (_stage == Stage.Tokens)
        {
            var refused = Context(api, header, frame);
            responses.Enqueue(refused);
            Fail(
                "an ApiVersions request during authentication",
                refused,
                new ApiVersionsResponse { ErrorCode = ErrorCode.IllegalSaslState });
            return;
        }

        if (_stage != Stage.Versions)
        {
            End("a second ApiVersions request before authentication");
            return;
        }

        if (api.Supports(header.RequestApiVersion))
        {
            var request = new ApiVersionsRequest();
            request.Read(ref reader, header.RequestApiVersion);
            var isAnswered = header.RequestApiVersion < FirstVersionWithSoftware
                || (ApiVersionsHandler.IsValidName(request.ClientSoftwareName)
                    && ApiVersionsHandler.IsValidName(request.ClientSoftwareVersion));
            _stage = isAnswered ? Stage.Handshake : Stage.Versions;
        }

        context.FireChannelRead(frame);
    }

    private void TakeHandshake(RequestContext request, string mechanism)
    {
        responses.Enqueue(request);
        if (_stage == Stage.Tokens)
        {
            Fail(
                "a second handshake before the first has led to authentication",
                request,
                new SaslHandshakeResponse { ErrorCode = ErrorCode.IllegalSaslState, Mechanisms = [] });
            return;
        }

        if (_session is not null && listener.Find(mechanism) is null)
        {
            responses.Complete(request, null);
            End("re-authentication by a mechanism that is not enabled");
            return;
        }

        var offered = listener.Mechanisms.Select(offer => offer.Name).ToArray();
        if (listener.Find(mechanism) is not { } chosen)
        {
            Fail(
                $"the client asks for a mechanism that is not enabled: it may use {string.Join(", ", offered)}",
                request,
                new SaslHandshakeResponse { ErrorCode = ErrorCode.UnsupportedSaslMechanism, Mechanisms = [.. offered] });
            return;
        }

        _mechanism = chosen;
        _exchange = chosen.Begin();
        _bareTokens = request.ApiVersion < FirstVersionWithoutBareTokens;
        _stage = Stage.Tokens;
        responses.Complete(request, new SaslHandshakeResponse { Mechanisms = [.. offered] });
    }

    private void TakeAuthenticate(RequestContext request, ReadOnlyMemory<byte> token)
    {
        if (_stage != Stage.Tokens)
        {
            throw new MalformedDataException("a SaslAuthenticate request without a handshake");
        }

        TakeToken(request, token);
    }

    /// <summary>Clients of Kafka 0.9 begin with a token of Kerberos, whose first byte begins no request.</summary>
    private bool IsKerberosToken(ReadOnlySpan<byte> frame) =>
        _stage == Stage.Versions && frame[0] == KerberosTokenTag && listener.Find(SaslMechanismNames.Gssapi) is not null;

    private void TakeKerberosToken(IByteBuffer frame)
    {
        _mechanism = listener.Find(SaslMechanismNames.Gssapi);
        _exchange = _mechanism!.Begin();
        _bareTokens = true;
        _stage = Stage.Tokens;
        TakeToken(Context(ApiCatalog.Get(ApiKey.SaslAuthenticate), _bareHeader, frame), frame.ReadableMemory());
    }

    private void TakeToken(RequestContext request, ReadOnlyMemory<byte> token)
    {
        request.IsBare = _bareTokens;
        responses.Enqueue(request);
        if (_session is not null && _session.Mechanism != _mechanism!.Name)
        {
            Fail($"re-authentication by {_mechanism.Name} of a session begun by {_session.Mechanism}", request);
            return;
        }

        ValueTask<SaslServerStep> step;
        try
        {
            step = _exchange!.EvaluateAsync(token);
        }
        catch (SaslRefusedException refused)
        {
            Refuse(request, refused);
            return;
        }

        if (step.IsCompletedSuccessfully)
        {
            Answer(request, step.Result);
            return;
        }

        _stage = Stage.Evaluating;
        connection.Pause(ReadingPause.Authentication);
        _evaluations ??= new BackgroundWork("sasl-token", connection.Channel.Loop);
        _evaluations.Watch(AwaitAsync(request, step));
    }

    private async Task AwaitAsync(RequestContext request, ValueTask<SaslServerStep> evaluation)
    {
        SaslServerStep step = default;
        SaslRefusedException? refusal = null;
        try
        {
            step = await evaluation;
        }
        catch (SaslRefusedException refused)
        {
            refusal = refused;
        }

        if (_stage != Stage.Evaluating || !connection.Channel.Open)
        {
            // The client has gone, or has been sent away, meanwhile.
            responses.Complete(request, null);
            return;
        }

        _stage = Stage.Tokens;
        connection.Resume(ReadingPause.Authentication);
        if (refusal is not null)
        {
            Refuse(request, refusal);
        }
        else
        {
            Answer(request, step);
        }
    }

    private void Answer(RequestContext request, SaslServerStep step)
    {
        try
        {
            RequireSamePrincipal(step.Identity);
        }
        catch (SaslRefusedException refused)
        {
            Refuse(request, refused);
            return;
        }

        var lifetimeMs = step.Identity is null ? 0 : Succeed(step.Identity);
        responses.Complete(
            request, new SaslAuthenticateResponse { ErrorMessage = "", AuthBytes = step.Answer, SessionLifetimeMs = lifetimeMs });
    }

    private void Refuse(RequestContext request, SaslRefusedException refused) =>
        Fail(refused.Reason, request, _bareTokens ? null : Refusal(refused.Message));

    private static SaslAuthenticateResponse Refusal(string message) =>
        new() { ErrorCode = ErrorCode.SaslAuthenticationFailed, ErrorMessage = message };

    private void RequireSamePrincipal(SaslIdentity? identity)
    {
        if (identity is not null && _session is not null && identity.Principal != _session.Identity.Principal)
        {
            var (old, now) = (_session.Identity.Principal, identity.Principal);
            throw new SaslRefusedException(
                "Cannot change principals during re-authentication from "
                + $"{old.PrincipalType}.{old.Name}: {now.PrincipalType}.{now.Name}");
        }
    }

    private long Succeed(SaslIdentity identity)
    {
        _timer?.Cancel();
        var isFirst = _session is null;
        var sessionMaxMs = listener.SessionMaxMs.GetValueOrDefault(_mechanism!.Name);
        var utcNowMs = connection.Channel.Loop.Time.GetUtcNow().ToUnixTimeMilliseconds();
        _session = SaslSession.Begin(identity, _mechanism.Name, sessionMaxMs, utcNowMs, NowMs);
        _exchange = null;
        _stage = Stage.Done;
        connection.Processor.Authenticate(isFirst);
        connection.Authenticate(identity.Principal, identity.IsByToken);
        return _session.LifetimeMs ?? 0;
    }

    /// <summary>Ends the connection after the time that refusals are held back for, with an answer where there is one.</summary>
    private void Fail(string reason, RequestContext? request = null, IResponse? answer = null)
    {
        _stage = Stage.Failed;
        connection.Processor.FailAuthentication();
        trace.AuthenticationFailed(connection, reason);
        connection.Pause(ReadingPause.Authentication);
        _timer?.Cancel();
        _refused = request;
        _timer = connection.Channel.Schedule(() => Refuse(answer), listener.FailureDelay);
    }

    private void Refuse(IResponse? answer)
    {
        if (_refused is { } request)
        {
            _refused = null;
            responses.Complete(request, answer);
        }

        if (answer is null)
        {
            connection.Close();
        }
        else
        {
            responses.CloseWhenAnswered();
        }
    }

    /// <summary>Ends the connection at once, as Kafka does where its own code gives up.</summary>
    private void End(string reason)
    {
        _stage = Stage.Failed;
        connection.Processor.FailAuthentication();
        trace.AuthenticationFailed(connection, reason);
        connection.Close();
    }

    private void TimeOut() => End($"the client was not authenticated within {listener.Timeout.TotalSeconds:0} s");

    private RequestContext Context(ApiDescriptor api, RequestHeader header, IByteBuffer frame)
    {
        dispatcher.TryGet((short)api.Key, out var handler);
        var now = connection.Channel.Loop.Time.GetTimestamp();
        var request = new RequestContext(handler!, header, connection, frame, now, RequestSteps.None, trace);
        request.Times.StartedAt = request.Times.HandledAt = now;
        request.TakeBackFrame();
        return request;
    }
}
