using ClassicBroker.Metadata.Sessions;
using ClassicBroker.Metadata.Stores;
using ClassicBroker.Metadata.Znodes;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.ZooKeeper;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Metadata;

/// <summary>
/// Follows a parent of sequential notification znodes: config changes, ACL changes, delegation tokens. Each notification is handled
/// once and in order, and only says what to read again. All brokers remove notifications older than <see cref="ExpirationMs"/>.
/// Failure strategy: a notification that cannot be understood is logged and passed over; a lost session leaves the rest to the scan
/// that begins with the next one. Threading: everything runs on the loop handed in, one scan at a time.
/// </summary>
public sealed class ChangeNotificationListener : ISessionListener
{
    public const long ExpirationMs = 15 * 60 * 1000;

    private const long NothingHandled = -1;

    private readonly ZnodeClient _znodes;
    private readonly SessionLifecycle _session;
    private readonly string _parentPath;
    private readonly string _sequencePrefix;
    private readonly Func<string, byte[], Task> _handle;
    private readonly IEventLoop _loop;
    private readonly ILogger _logger;
    private long _lastHandled = NothingHandled;
    private Task _scan = Task.CompletedTask;
    private bool _scanAgain;
    private bool _stopped;

    /// <param name="znodes">Where to read.</param>
    /// <param name="session">Tells of new sessions.</param>
    /// <param name="parentPath">The parent, such as <c>/config/changes</c>.</param>
    /// <param name="sequencePrefix">What the names begin with, such as <c>config_change_</c>.</param>
    /// <param name="handle">Takes a notification's name and data.</param>
    /// <param name="loop">Where the handler runs.</param>
    /// <param name="logger">For notifications that cannot be understood.</param>
    public ChangeNotificationListener(
        ZnodeClient znodes,
        SessionLifecycle session,
        string parentPath,
        string sequencePrefix,
        Func<string, byte[], Task> handle,
        IEventLoop loop,
        ILogger<ChangeNotificationListener> logger)
    {
        _znodes = znodes;
        _session = session;
        _parentPath = parentPath;
        _sequencePrefix = sequencePrefix;
        _handle = handle;
        _loop = loop;
        _logger = logger;
    }

    /// <summary>Begins to follow; ends when what is there already has been handled.</summary>
    public Task StartAsync() =>
        _loop.InvokeAsync(async () =>
        {
            _session.Watches.Register(new ZnodeChildrenHandler(_parentPath, RequestScan));
            _session.Register(this);
            Scan();
            await _scan;
        });

    /// <summary>Ends following; a scan under way is the last.</summary>
    public void Stop()
    {
        _session.Watches.UnregisterChildren(_parentPath);
        _loop.Execute(() => _stopped = true);
    }

    public Task BeforeInitializingSessionAsync() => Task.CompletedTask;

    public void AfterInitializingSession() => RequestScan();

    private void RequestScan() => _loop.Execute(Scan);

    private void Scan()
    {
        if (_stopped)
        {
            return;
        }

        if (_scan.IsCompleted)
        {
            _scan = ScanAsync();
        }
        else
        {
            _scanAgain = true;
        }
    }

    private async Task ScanAsync()
    {
        do
        {
            _scanAgain = false;
            try
            {
                var names = await _znodes.GetChildrenAsync(_parentPath);
                await HandleNewAsync(names);
                await PurgeAsync(names);
            }
            catch (ZooKeeperException failure)
            {
                _logger.LogError(failure, "Could not read the notifications below {Path}.", _parentPath);
            }
        }
        while (_scanAgain);
    }

    private async Task HandleNewAsync(IReadOnlyList<string> names)
    {
        // Sorted names are sorted numbers, their width being fixed.
        foreach (var name in names)
        {
            if (!SequenceNumber.TryParse(name, _sequencePrefix, out var number) || number <= _lastHandled)
            {
                continue;
            }

            if (await _znodes.GetDataAsync(PathOf(name)) is { } found)
            {
                await HandleAsync(name, found.Data);
            }

            _lastHandled = number;
        }
    }

    private async Task HandleAsync(string name, byte[] data)
    {
        try
        {
            await _handle(name, data);
        }
        catch (MalformedDataException failure)
        {
            _logger.LogError(failure, "Passing over notification {Path}.", PathOf(name));
        }
    }

    private async Task PurgeAsync(IReadOnlyList<string> names)
    {
        var nowMs = _loop.Time.UnixMs();
        foreach (var name in names)
        {
            if (await _znodes.ExistsAsync(PathOf(name)) is { } stat && nowMs - stat.CtimeMs > ExpirationMs)
            {
                await _znodes.DeleteAsync(PathOf(name), ZnodeClient.Unfenced);
            }
        }
    }

    private string PathOf(string name) => $"{_parentPath}/{name}";
}
