using ClassicBroker.Platform;
using ClassicBroker.Protocol;
using ClassicBroker.Rpc;
using ClassicBroker.Transport;
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
    private const int DoublingsMax = 20;

    private IBrokerConnection? _connection;
    private Task<IBrokerConnection>? _connecting;
    private int _failures;
    private long _retryAtMs;
    private bool _closed;

    /// <summary>The broker's id; negative for bootstrap addresses, whose ids are not known.</summary>
    public int Id { get; } = id;

    public BrokerAddress Address { get; } = address;

    /// <summary>The broker told an address that means this machine, though the cluster was not reached here.</summary>
    public bool LeadsHome { get; init; }

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
        catch (KafkaException failure)
        {
            throw About(failure, TRequest.ApiKey);
        }
        finally
        {
            InFlight--;
        }
    }

    /// <summary>The failure, which from now on tells that it is about this broker.</summary>
    public KafkaException About(KafkaException failure, ApiKey api)
    {
        failure.BrokerId ??= Id < 0 ? null : Id;
        failure.BrokerAddress ??= Address.ToString();
        failure.Api ??= ApiCatalog.Get(api).Name;
        return failure;
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

    /// <summary>Closes an unused connection; the next request makes another.</summary>
    public void CloseIfIdle(long idleMs)
    {
        if (InFlight == 0 && IsConnected && loop.Time.MonotonicMs() - LastUsedMs >= idleMs)
        {
            _connection!.Close();
            _connection = null;
        }
    }

    private void Failed(KafkaException failure)
    {
        _retryAtMs = loop.Time.MonotonicMs() + (long)reconnectBackoff.After(++_failures).TotalMilliseconds;
        if (failure is SslAuthenticationException or SaslAuthenticationException)
        {
            logger.LogError("Connection to node {Node} failed authentication due to: {Cause}", Id, failure.Message);
        }
        else
        {
            logger.LogWarning("Connection to node {Node} could not be established: {Cause}", Id, failure.Message);
        }
    }

    /// <summary>Whether the broker's own word on where it is may be the reason, and what to do about it.</summary>
    private string? AdvertisedWrongly(KafkaException failure)
    {
        if (Id < 0 || failure.InnerException is not ConnectException connect)
        {
            return null;
        }

        if (LeadsHome)
        {
            return $"the broker advertises {Address}, which is this machine itself: set advertised.listeners there to an address that reaches it";
        }

        return connect.Failure == ConnectFailure.Unresolvable
            ? $"the broker advertises {Address}, a name this machine cannot resolve: see advertised.listeners there"
            : null;
    }

    /// <summary>A network that is slow gets more time after each failure, up to <c>socket.connection.setup.timeout.max.ms</c>.</summary>
    private ClientConfig OfThisAttempt()
    {
        if (_failures == 0 || config.ConnectionSetupTimeoutMax <= config.ConnectionSetupTimeout)
        {
            return config;
        }

        var grown = config.ConnectionSetupTimeout * (1L << Math.Min(_failures, DoublingsMax));
        return config with
        {
            ConnectionSetupTimeout = grown < config.ConnectionSetupTimeoutMax ? grown : config.ConnectionSetupTimeoutMax,
        };
    }

    private async Task<IBrokerConnection> MakeConnectionAsync()
    {
        try
        {
            if (!_closed && BackoffLeftMs > 0)
            {
                await loop.DelayAsync(TimeSpan.FromMilliseconds(BackoffLeftMs));
            }

            ThrowIfClosed();
            var connection = await connector.ConnectAsync(Address, OfThisAttempt());
            if (_closed)
            {
                connection.Close();
                ThrowIfClosed();
            }

            _failures = 0;
            _connection = connection;
            return connection;
        }
        catch (BrokerUnavailableException failure) when (!_closed && AdvertisedWrongly(failure) is { } hint)
        {
            var explained = new BrokerUnavailableException(Address.ToString(), $"{failure.InnerException!.Message}; {hint}", failure);
            Failed(explained);
            throw explained;
        }
        catch (KafkaException failure) when (!_closed)
        {
            Failed(failure);
            throw;
        }
        finally
        {
            _connecting = null;
        }
    }

    /// <summary>
    /// Metadata no longer has the broker at this address, or another broker is the coordinator now: the request may find its way there. A
    /// client that closes tells its callers so where they pause.
    /// </summary>
    private void ThrowIfClosed()
    {
        if (_closed)
        {
            throw new BrokerUnavailableException(Address.ToString(), "the connection was given up while it was being made");
        }
    }
}
