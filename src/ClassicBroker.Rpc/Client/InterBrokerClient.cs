using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol;
using ClassicBroker.Transport;

namespace ClassicBroker.Rpc;

/// <summary>
/// One broker's way to another for one purpose: a connection that is made when it is needed and made again when it broke, with a pause
/// that grows while it fails. Requests go out in the order they were made, without waiting for each other's answers. Versions are the
/// caller's, fixed by <c>inter.broker.protocol.version</c>, so nothing is negotiated.
/// Threading: any thread sends and disposes; everything else happens on the loop of the options.
/// </summary>
public sealed class InterBrokerClient(InterBrokerClientOptions options) : IDisposable
{
    private readonly Queue<InterBrokerCall> _waiting = new();
    private readonly CancellationTokenSource _closing = new();
    private RpcConnection? _connection;
    private TimeSpan _backoff = options.ReconnectBackoff;
    // Long before any reading of the clock, and far enough from overflow.
    private long _connectNotBeforeMs = long.MinValue / 4;
    private bool _isConnecting;
    private bool _isClosed;

    /// <summary>Sends a request; cancelling ends the wait, not what the peer does.</summary>
    /// <param name="request">What is asked.</param>
    /// <param name="version">The version to send; lower where none so high is known here.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="PeerUnreachableException">No answer came.</exception>
    /// <exception cref="UnsupportedVersionException">The version cannot carry the request.</exception>
    public Task<RpcResponse<TResponse>> SendAsync<TRequest, TResponse>(
        TRequest request, short version, CancellationToken cancellation = default)
        where TRequest : class, IRequest<TRequest, TResponse>, new()
        where TResponse : class, IResponse, IMessage<TResponse>, new() =>
        SendAsync<TRequest, TResponse>(request, version, inPlace: null, cancellation);

    /// <inheritdoc cref="SendAsync{TRequest, TResponse}(TRequest, short, CancellationToken)"/>
    /// <param name="request">What is asked.</param>
    /// <param name="version">The version to send; lower where none so high is known here.</param>
    /// <param name="inPlace">
    /// Gets the answer on the client's loop, with its records still in the receive buffer: they are gone when it returns.
    /// </param>
    /// <param name="cancellation">Ends the wait; an answer that comes later is dropped.</param>
    public Task<RpcResponse<TResponse>> SendAsync<TRequest, TResponse>(
        TRequest request, short version, Action<TResponse>? inPlace, CancellationToken cancellation = default)
        where TRequest : class, IRequest<TRequest, TResponse>, new()
        where TResponse : class, IResponse, IMessage<TResponse>, new()
    {
        var call = new InterBrokerCall<TRequest, TResponse>(options, request, version, inPlace, cancellation);
        OnLoop(() => Take(call));
        return call.Outcome;
    }

    /// <summary>Closes the connection, and one that is being made; what waits fails.</summary>
    public void Dispose() => OnLoop(Close);

    private void OnLoop(Action work)
    {
        if (options.Loop.InEventLoop)
        {
            work();
        }
        else
        {
            options.Loop.Execute(work);
        }
    }

    private void Take(InterBrokerCall call)
    {
        if (_isClosed)
        {
            call.Fail(new PeerUnreachableException($"The connection to {options.PeerName} is closed."));
            return;
        }

        if (_connection is { IsOpen: true } connection)
        {
            call.Start(connection);
            return;
        }

        _waiting.Enqueue(call);
        if (!_isConnecting)
        {
            _isConnecting = true;
            var pauseMs = _connectNotBeforeMs - options.Loop.Time.MonotonicMs();
            if (pauseMs > 0)
            {
                options.Loop.Schedule(Connect, TimeSpan.FromMilliseconds(pauseMs));
            }
            else
            {
                Connect();
            }
        }
    }

    private void Connect()
    {
        if (_isClosed)
        {
            return;
        }

        _connectNotBeforeMs = options.Loop.Time.MonotonicMs() + (long)_backoff.TotalMilliseconds;
        if (options.Target() is not { } target)
        {
            FailWaiting(new PeerUnreachableException($"It is not known where {options.PeerName} is."));
            return;
        }

        var connecting = RpcConnection.ConnectAsync(
            options.Transport, target with { Loop = options.Loop, Versions = BrokerApiVersions.Unlimited }, _closing.Token);
        connecting.GetAwaiter().OnCompleted(() => Connected(connecting));
    }

    private void Connected(Task<RpcConnection> connecting)
    {
        try
        {
            _connection = connecting.GetAwaiter().GetResult();
        }
        catch (Exception failure) when (
            failure is IOException or ConnectException or MalformedDataException or OperationCanceledException)
        {
            _backoff = TimeSpan.FromTicks(Math.Min(_backoff.Ticks * 2, options.ReconnectBackoffMax.Ticks));
            FailWaiting(new PeerUnreachableException($"Cannot connect to {options.PeerName}: {failure.Message}", failure));
            return;
        }

        if (_isClosed)
        {
            _connection.Close();
            return;
        }

        _isConnecting = false;
        _backoff = options.ReconnectBackoff;
        while (_waiting.TryDequeue(out var call))
        {
            call.Start(_connection);
        }
    }

    private void FailWaiting(PeerUnreachableException failure)
    {
        _isConnecting = false;
        while (_waiting.TryDequeue(out var call))
        {
            call.Fail(failure);
        }
    }

    private void Close()
    {
        _isClosed = true;
        _closing.Cancel();
        _connection?.Close();
        FailWaiting(new PeerUnreachableException($"The connection to {options.PeerName} is closed."));
    }
}
