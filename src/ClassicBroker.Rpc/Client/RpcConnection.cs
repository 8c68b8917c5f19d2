using System.Buffers.Binary;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Rpc.Sasl;
using ClassicBroker.Transport;
using DotNetty.Buffers;

namespace ClassicBroker.Rpc;

/// <summary>
/// A connection to a broker. Requests may be sent without waiting for earlier answers; the broker answers in their order. A request that is
/// not answered in time, or an answer that is none, ends the connection and fails all that wait.
/// Threading: any thread may send and close; everything else happens on the channel's loop.
/// </summary>
public sealed class RpcConnection
{
    private const int CorrelationIdLength = 4;

    /// <summary>
    /// More than any broker tells of its versions, and less than the first bytes of any other protocol taken for a length.
    /// </summary>
    private const int NegotiationLengthMax = 1024 * 1024;

    private readonly TransportChannel _channel;
    private readonly FrameEncoder _encoder;
    private readonly LengthFieldFrameDecoder _frames;
    private readonly RequestHeader _header;
    private readonly Queue<PendingCall> _pending = new();
    private Exception? _cause;
    private IScheduledWork? _timer;
    private long _timerDueMs = long.MaxValue;
    private int _nextCorrelationId;
    private bool _flushScheduled;
    private bool _ended;

    /// <summary>Calls that wait during re-authentication: nothing else may be sent in between. Null outside of that.</summary>
    private Queue<PendingCall>? _held;

    private BackgroundWork? _loggingIn;
    private IScheduledWork? _nextLogin;
    private short? _authenticateVersion;

    private RpcConnection(TransportChannel channel, RpcConnectionOptions options)
    {
        _channel = channel;
        _encoder = new(channel);
        _frames = new(options.Versions is null ? Math.Min(NegotiationLengthMax, options.ResponseLengthMax) : options.ResponseLengthMax);
        _header = new() { ClientId = options.ClientId };
        Name = $"{options.Host}:{options.Port}";
        Versions = options.Versions ?? BrokerApiVersions.Unlimited;
    }

    /// <summary>Host and port as given, for messages.</summary>
    public string Name { get; }

    /// <summary>What the broker speaks.</summary>
    public BrokerApiVersions Versions { get; private set; }

    public bool IsOpen => !Volatile.Read(ref _ended);

    /// <summary>The loop everything of this connection happens on.</summary>
    public IEventLoop Loop => _channel.Loop;

    /// <summary>Connects, asks what the broker speaks unless the options say it, and logs in where they hold a login.</summary>
    /// <exception cref="ConnectException">There is nothing to connect to; the cause is typed.</exception>
    /// <exception cref="RpcDisconnectedException">The peer hung up, or is no broker; the message names the likely cause.</exception>
    /// <exception cref="RpcTimeoutException">The broker did not tell its versions in time.</exception>
    /// <exception cref="SaslFailedException">The broker refused the login of the options, or did not prove itself.</exception>
    public static async Task<RpcConnection> ConnectAsync(
        ITransport transport, RpcConnectionOptions options, CancellationToken cancellation = default)
    {
        var connection = await OpenAsync(transport, options, cancellation);
        if (options.Versions is not null && options.Login is null)
        {
            return connection;
        }

        try
        {
            var versions = await ApiVersionsNegotiation.NegotiateAsync(connection, options);
            if (options.Login is { } login)
            {
                connection.Versions = versions;
                await connection.Loop.InvokeAsync(() => connection.LogInAsync(login, options));
            }

            connection.Versions = options.Versions ?? versions;
            connection.Loop.Execute(() => connection._frames.FrameLengthMax = options.ResponseLengthMax);
            return connection;
        }
        catch (RpcDisconnectedException hungUp) when (
            options is { VersionsOfOldBrokers: not null, Login: null } && hungUp.InnerException is null)
        {
            return await OpenAsync(transport, options with { Versions = options.VersionsOfOldBrokers }, cancellation);
        }
        catch (Exception failure) when (failure is IOException or MalformedDataException or UnsupportedVersionException)
        {
            connection.Close();
            throw;
        }
    }

    /// <summary>
    /// Sends a request in the highest version both sides speak, at most <paramref name="maxVersion"/>. A request without an answer
    /// (acks=0) ends when it is handed to the network.
    /// </summary>
    /// <exception cref="UnsupportedVersionException">No version is spoken by both, or none that can carry the request.</exception>
    /// <exception cref="RpcDisconnectedException">The connection ended first.</exception>
    /// <exception cref="RpcTimeoutException">The answer did not come in time.</exception>
    /// <exception cref="MalformedDataException">The answer is not one to this request.</exception>
    public Task<RpcResponse<TResponse>> SendAsync<TRequest, TResponse>(
        TRequest request, TimeSpan timeout, short maxVersion = short.MaxValue)
        where TRequest : class, IRequest<TRequest, TResponse>, new()
        where TResponse : class, IResponse, IMessage<TResponse>, new() =>
        SendAsync<TRequest, TResponse>(request, timeout, maxVersion, inPlace: null);

    /// <inheritdoc cref="SendAsync{TRequest, TResponse}(TRequest, TimeSpan, short)"/>
    /// <param name="request">What is asked.</param>
    /// <param name="timeout">How long the answer may take.</param>
    /// <param name="maxVersion">The highest version to send.</param>
    /// <param name="inPlace">
    /// Gets the answer on the connection's loop, with its records still in the receive buffer: they are gone when it returns. What it
    /// throws ends the connection. Null has the records copied into memory that belongs to the caller.
    /// </param>
    public Task<RpcResponse<TResponse>> SendAsync<TRequest, TResponse>(
        TRequest request, TimeSpan timeout, short maxVersion, Action<TResponse>? inPlace)
        where TRequest : class, IRequest<TRequest, TResponse>, new()
        where TResponse : class, IResponse, IMessage<TResponse>, new()
    {
        if (Versions.Choose(request.Api, maxVersion) is not { } version)
        {
            return Task.FromException<RpcResponse<TResponse>>(NoVersion(request.Api, maxVersion));
        }

        var call = new PendingCall<TResponse>(request, version, (long)timeout.TotalMilliseconds, inPlace);
        if (Loop.InEventLoop)
        {
            Start(call);
        }
        else
        {
            Loop.Execute(() => Start(call));
        }

        return call.Outcome;
    }

    /// <summary>Ends the connection; what waits for answers fails.</summary>
    public void Close()
    {
        if (Loop.InEventLoop)
        {
            _channel.Close();
        }
        else
        {
            Loop.Execute(_channel.Close);
        }
    }

    internal void Receive(IByteBuffer frame)
    {
        if (frame.ReadableBytes < CorrelationIdLength)
        {
            throw new MalformedDataException($"a response of {frame.ReadableBytes} bytes");
        }

        var correlationId = BinaryPrimitives.ReadInt32BigEndian(frame.ReadableSpan());
        if (!_pending.TryDequeue(out var call))
        {
            throw new MalformedDataException($"a response with correlation id {correlationId} where none is expected");
        }

        if (call.CorrelationId != correlationId)
        {
            var disorder = new MalformedDataException(
                $"a response with correlation id {correlationId} where {call.CorrelationId} is expected");
            call.Fail(disorder);
            throw disorder;
        }

        try
        {
            call.Complete(frame);
        }
        catch (MalformedDataException failure)
        {
            call.Fail(failure);
            throw;
        }
    }

    internal void Broke(Exception cause) => _cause ??= cause;

    internal void Ended()
    {
        Volatile.Write(ref _ended, true);
        _timer?.Cancel();
        _nextLogin?.Cancel();
        _encoder.Discard();
        while (_held is not null && _held.TryDequeue(out var call))
        {
            call.Fail(Disconnected(call));
        }

        while (_pending.TryDequeue(out var call))
        {
            call.Fail(Disconnected(call));
        }
    }

    private static async Task<RpcConnection> OpenAsync(
        ITransport transport, RpcConnectionOptions options, CancellationToken cancellation)
    {
        RpcConnection? connection = null;
        await transport.ConnectAsync(
            new ConnectOptions
            {
                Host = options.Host,
                Port = options.Port,
                ConnectTimeout = options.ConnectTimeout,
                Loop = options.Loop,
                Options = options.Channel,
                Initializer = channel =>
                {
                    connection = new(channel, options);
                    options.Secure?.Invoke(channel);
                    channel.Pipeline
                        .AddLast(connection._frames)
                        .AddLast(new ResponseDecoder(connection));
                },
            },
            cancellation);
        return connection!;
    }

    private async Task LogInAsync(ISaslLogin login, RpcConnectionOptions options)
    {
        _authenticateVersion ??= Versions.Choose(ApiCatalog.Get(ApiKey.SaslAuthenticate))
            ?? throw new SaslFailedException($"The broker at {Name} takes SASL tokens only as Kafka before 1.0 did");
        var session = await SaslLogIn.RunAsync(this, login, options, _authenticateVersion.Value);
        if (session is { } length && !_ended)
        {
            _nextLogin = Loop.Schedule(() => BeginLoginAgain(login, options), length);
        }
    }

    private void BeginLoginAgain(ISaslLogin login, RpcConnectionOptions options)
    {
        if (!_ended)
        {
            _held = new();
            _loggingIn ??= new BackgroundWork("re-authentication", Loop);
            _loggingIn.Run(() => LogInAgainAsync(login, options));
        }
    }

    private async Task LogInAgainAsync(ISaslLogin login, RpcConnectionOptions options)
    {
        try
        {
            await LogInAsync(login, options);
        }
        catch (Exception failure) when (failure is IOException or MalformedDataException or UnsupportedVersionException)
        {
            Broke(failure);
            _channel.Close();
            return;
        }

        var held = _held!;
        _held = null;
        while (held.TryDequeue(out var call))
        {
            Start(call);
        }
    }

    private UnsupportedVersionException NoVersion(ApiDescriptor api, short maxVersion)
    {
        var ours = $"{api.MinVersion} to {Math.Min(api.MaxVersion, maxVersion)}";
        return new(Versions.TryGet(api.Key, out var range)
            ? $"The broker at {Name} speaks {api} from version {range.MinVersion} to {range.MaxVersion}, and {ours} is wanted"
            : $"The broker at {Name} does not support {api}");
    }

    private void Start(PendingCall call)
    {
        if (_ended || !_channel.Open)
        {
            call.Fail(Disconnected(call));
            return;
        }

        if (_held is not null && call.Request is not (SaslHandshakeRequest or SaslAuthenticateRequest))
        {
            _held.Enqueue(call);
            return;
        }

        call.CorrelationId = _nextCorrelationId;
        if (!TryAppend(call))
        {
            return;
        }

        _nextCorrelationId = (_nextCorrelationId + 1) & int.MaxValue;
        ScheduleFlush();
        if (!call.IsAnswered)
        {
            call.CompleteUnanswered();
            return;
        }

        call.DeadlineMs = Loop.Time.MonotonicMs() + call.TimeoutMs;
        _pending.Enqueue(call);
        ArmTimer(call.DeadlineMs);
    }

    private bool TryAppend(PendingCall call)
    {
        var api = call.Request.Api;
        _header.RequestApiKey = (short)api.Key;
        _header.RequestApiVersion = call.Version;
        _header.CorrelationId = call.CorrelationId;
        try
        {
            _encoder.Append(_header, api.RequestHeaderVersion(call.Version), call.Request, call.Version);
            return true;
        }
        catch (Exception failure) when (failure is UnsupportedVersionException or ArgumentException)
        {
            call.Fail(failure);
            return false;
        }
    }

    // What is sent within one turn of the loop leaves together.
    private void ScheduleFlush()
    {
        if (!_flushScheduled)
        {
            _flushScheduled = true;
            Loop.Execute(Flush);
        }
    }

    private void Flush()
    {
        _flushScheduled = false;
        if (!_ended)
        {
            _encoder.Flush();
        }
    }

    private void ArmTimer(long dueMs)
    {
        if (dueMs >= _timerDueMs)
        {
            return;
        }

        _timer?.Cancel();
        _timerDueMs = dueMs;
        _timer = Loop.Schedule(CheckDeadlines, TimeSpan.FromMilliseconds(Math.Max(0, dueMs - Loop.Time.MonotonicMs())));
    }

    private void CheckDeadlines()
    {
        _timerDueMs = long.MaxValue;
        var nowMs = Loop.Time.MonotonicMs();
        var nextMs = long.MaxValue;
        foreach (var call in _pending)
        {
            if (call.DeadlineMs <= nowMs)
            {
                TimeOut(call);
                return;
            }

            nextMs = Math.Min(nextMs, call.DeadlineMs);
        }

        if (nextMs != long.MaxValue)
        {
            ArmTimer(nextMs);
        }
    }

    private void TimeOut(PendingCall call)
    {
        call.Fail(new RpcTimeoutException(
            $"{Name} did not answer {call.Request.Api} with correlation id {call.CorrelationId} within {call.TimeoutMs} ms"));
        _cause ??= new RpcTimeoutException($"an earlier request was not answered within {call.TimeoutMs} ms");
        _channel.Close();
    }

    private RpcDisconnectedException Disconnected(PendingCall call)
    {
        var reason = _cause switch
        {
            InvalidReceiveException foreign => ForeignBytes.AnswerDescribed(foreign.Length) ?? foreign.Message,
            not null => _cause.Message,
            null when call.Request is ApiVersionsRequest =>
                "it hung up when asked for its API versions; is the port ZooKeeper's, does it want TLS, or is it a broker before 0.10?",
            null => "it closed the connection",
        };
        return new($"Disconnected from {Name} before {call.Request.Api} was answered: {reason}", _cause);
    }
}
