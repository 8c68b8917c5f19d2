using System.Threading.Channels;
using ClassicBroker.Platform;
using ClassicBroker.Transport;
using Microsoft.Extensions.Logging.Abstractions;

namespace ClassicBroker.ZooKeeper.Server.Tests.Conformance;

/// <summary>A client on a loop of its own, with what its watcher hears as a stream to wait on.</summary>
public sealed class TestClient : IZooKeeperWatcher, IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly LoopThread _thread = new("zookeeper-client-");
    private readonly Channel<string> _heard = System.Threading.Channels.Channel.CreateUnbounded<string>();
    private bool _disposed;

    public TestClient(string connect, int sessionTimeoutMs = 10_000, SaslCredentials? sasl = null, Func<string, TransportHandler>? tls = null)
    {
        var options = new ZooKeeperClientOptions
        {
            Connect = ZooKeeperConnectString.Parse(connect),
            SessionTimeoutMs = sessionTimeoutMs,
            ReconnectBackoffMaxMs = 50,
            Sasl = sasl,
            TlsHandlerFor = tls,
        };
        ZooKeeper = ZooKeeperClient.Start(options, _thread.Transport, _thread.Loop, new SystemRandomSource(), NullLogger.Instance);
        ZooKeeper.SetWatcher(this, _thread.Loop);
    }

    public ZooKeeperClient ZooKeeper { get; }

    public IEventLoop Loop => _thread.Loop;

    public static async Task<TestClient> ConnectAsync(string connect, int sessionTimeoutMs = 10_000, SaslCredentials? sasl = null, Func<string, TransportHandler>? tls = null)
    {
        var client = new TestClient(connect, sessionTimeoutMs, sasl, tls);
        using var patience = new CancellationTokenSource(Patience);
        await client.ZooKeeper.WaitUntilConnectedAsync(patience.Token);
        return client;
    }

    /// <summary>Waits until the watcher has heard something, passing over what it heard before.</summary>
    public async Task HearAsync(string expected)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (await _heard.Reader.ReadAsync(patience.Token) != expected)
        {
        }
    }

    /// <summary>Watch events heard and not yet waited for; session changes are passed over.</summary>
    public IReadOnlyList<string> EventsHeard()
    {
        var events = new List<string>();
        while (_heard.Reader.TryRead(out var heard))
        {
            if (heard.Contains(' ', StringComparison.Ordinal))
            {
                events.Add(heard);
            }
        }

        return events;
    }

    public void WatchTriggered(WatchedEvent triggered) => _heard.Writer.TryWrite($"{triggered.Type} {triggered.Path}");

    public void SessionStateChanged(ZooKeeperSessionState state) => _heard.Writer.TryWrite(state.ToString());

    /// <summary>Closes the session. A second call does nothing.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        await ZooKeeper.CloseAsync();
        await _thread.DisposeAsync();
    }
}
