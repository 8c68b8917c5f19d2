using ClassicBroker.Platform;
using ClassicBroker.Protocol;
using ClassicBroker.Rpc;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Client.Cluster;

/// <summary>
/// One broker as a client deals with it: the connection, made when first needed and again after it broke, with growing pauses between
/// failed attempts. Threading: belongs to the client's loop.
/// </summary>
internal sealed class BrokerSlot(
    int id,
    BrokerAddress address,
    ClientConfig config,
    IBrokerConnector connector,
    IEventLoop loop,
    ExponentialBackoff reconnectBackoff,
    ILogger logger)
{
    private IBrokerConnection? _connection;
    private Task<IBrokerConnection>? _connecting;
    private int _failures;
    private long _retryAtMs;
    private bool _closed;

    /// <summary>The broker's id; negative for bootstrap addresses, whose ids are not known.</summary>
    public int Id { get; } = id;

    public BrokerAddress Address { get; } = address;

    /// <summary>Requests under way.</summary>
    public int InFlight { get; private set; }

    /// <summary>When this broker last had a request, on the loop's monotonic clock.</summary>
    public long LastUsedMs { get; private set; }

    public bool IsConnected => _connection is { IsOpen: true };

    /// <summary>True while the last attempt failed and its pause is not over.</summary>
    public bool IsBackingOff => !IsConnected && _connecting is null && loop.Time.MonotonicMs() < _retryAtMs;

    /// <summary>Milliseconds until another attempt to connect is due.</summary>
    public long BackoffLeftMs => Math.Max(0, _retryAtMs - loop.Time.MonotonicMs());

    /// <summary>The open connection; waits for the one being made, or makes it once its pause is over.</summary>
    /// <exception cref="KafkaException">The attempt failed.</exception>
    public Task<IBrokerConnection> ConnectAsync()
    {
        if (_connection is { IsOpen: true } open)
        {
            return Task.FromResult(open);
        }

        if (_connecting is not null)
        {
            return _connecting;
        }

        // An attempt that ended at once has cleared the field already.
        var attempt = MakeConnectionAsync();
        _connecting = attempt.IsCompleted ? null : attempt;
        return attempt;
    }

    public async Task<RpcResponse<TResponse>> SendAsync<TRequest, TResponse>(
        TRequest request, TimeSpan timeout, short maxVersion = short.MaxValue)
        where TRequest : class, IRequest<TRequest, TResponse>, new()
        where TResponse : class, IResponse, IMessage<TResponse>, new()
    {
        InFlight++;
        LastUsedMs = loop.Time.MonotonicMs();
        try
        {
            var connection = await ConnectAsync();
            return await connection.SendAsync<TRequest, TResponse>(request, timeout, maxVersion);
        }
        finally
        {
            InFlight--;
        }
    }

    /// <summary>Takes over the open connection of a slot with the same address, which is left without one.</summary>
    public void Adopt(BrokerSlot other)
    {
        if (_connection is null && other.IsConnected && other.InFlight == 0)
        {
            (_connection, other._connection) = (other._connection, null);
        }
    }

    public void Close()
    {
        _closed = true;
        _connection?.Close();
        _connection = null;
    }

    /// <summary>Closes a connection that nobody uses; the next request makes another.</summary>
    public void CloseIfIdle(long idleMs)
    {
        if (InFlight == 0 && IsConnected && loop.Time.MonotonicMs() - LastUsedMs >= idleMs)
        {
            _connection!.Close();
            _connection = null;
        }
    }

    private async Task<IBrokerConnection> MakeConnectionAsync()
    {
        try
        {
            if (BackoffLeftMs > 0)
            {
                await loop.DelayAsync(TimeSpan.FromMilliseconds(BackoffLeftMs));
            }

            var connection = await connector.ConnectAsync(Address, config);
            if (_closed)
            {
                connection.Close();
                throw new ClientClosedException();
            }

            _failures = 0;
            _connection = connection;
            return connection;
        }
        catch (KafkaException failure)
        {
            _retryAtMs = loop.Time.MonotonicMs() + (long)reconnectBackoff.After(++_failures).TotalMilliseconds;
            logger.LogWarning("Connection to node {Node} could not be established: {Cause}", Id, failure.Message);
            throw;
        }
        finally
        {
            _connecting = null;
        }
    }
}
