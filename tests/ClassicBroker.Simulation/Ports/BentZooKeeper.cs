using ClassicBroker.Platform;
using ClassicBroker.ZooKeeper;

namespace ClassicBroker.Simulation.Ports;

/// <summary>
/// A ZooKeeper session used wrongly, to stand for a broker that does: each hook that is set has its say in a call. Threading: as the
/// session below.
/// </summary>
internal sealed class BentZooKeeper(IZooKeeper inner) : IZooKeeper, IZooKeeperWatcher
{
    private IZooKeeperWatcher? _watcher;

    /// <summary>Changes what is sent as one transaction.</summary>
    public Func<IReadOnlyList<ZooKeeperOp>, IReadOnlyList<ZooKeeperOp>>? OnMulti { get; init; }

    /// <summary>Is a watch event told?</summary>
    public Func<WatchedEvent, bool>? Tells { get; init; }

    /// <summary>Knows what children a znode has, null to ask ZooKeeper; which is asked for the watch all the same.</summary>
    public Func<string, ZnodeChildren?>? OnChildren { get; init; }

    /// <summary>Changes the version a write asks for.</summary>
    public Func<string, int, int>? OnVersion { get; init; }

    public ZooKeeperSessionState State => inner.State;

    public long SessionId => inner.SessionId;

    public int NegotiatedSessionTimeoutMs => inner.NegotiatedSessionTimeoutMs;

    public long SilenceMs => inner.SilenceMs;

    public void SetWatcher(IZooKeeperWatcher watcher, IEventLoop deliverOn)
    {
        _watcher = watcher;
        inner.SetWatcher(this, deliverOn);
    }

    public void WatchTriggered(WatchedEvent triggered)
    {
        if (Tells?.Invoke(triggered) ?? true)
        {
            _watcher?.WatchTriggered(triggered);
        }
    }

    public void SessionStateChanged(ZooKeeperSessionState state) => _watcher?.SessionStateChanged(state);

    public Task WaitUntilConnectedAsync(CancellationToken cancellation) => inner.WaitUntilConnectedAsync(cancellation);

    public void StartNewSession() => inner.StartNewSession();

    public Task<CreatedZnode> CreateAsync(string path, ReadOnlyMemory<byte>? data, IReadOnlyList<ZnodeAcl> acl, CreateMode mode) =>
        inner.CreateAsync(path, data, acl, mode);

    public Task DeleteAsync(string path, int version) => inner.DeleteAsync(path, version);

    public Task<ZnodeStat> SetDataAsync(string path, ReadOnlyMemory<byte>? data, int version) =>
        inner.SetDataAsync(path, data, OnVersion?.Invoke(path, version) ?? version);

    public Task<ZnodeData> GetDataAsync(string path, bool watch) => inner.GetDataAsync(path, watch);

    public Task<ZnodeStat?> ExistsAsync(string path, bool watch) => inner.ExistsAsync(path, watch);

    public async Task<ZnodeChildren> GetChildrenAsync(string path, bool watch)
    {
        var known = OnChildren?.Invoke(path);
        var current = await inner.GetChildrenAsync(path, watch);
        return known ?? current;
    }

    public Task<ZooKeeperMultiResult> MultiAsync(IReadOnlyList<ZooKeeperOp> operations) =>
        inner.MultiAsync(OnMulti?.Invoke(operations) ?? operations);

    public Task<ZnodeAccess> GetAclAsync(string path) => inner.GetAclAsync(path);

    public Task<ZnodeStat> SetAclAsync(string path, IReadOnlyList<ZnodeAcl> acl, int aversion) => inner.SetAclAsync(path, acl, aversion);

    public Task SyncAsync(string path) => inner.SyncAsync(path);

    public Task AddAuthAsync(string scheme, ReadOnlyMemory<byte> credentials) => inner.AddAuthAsync(scheme, credentials);

    public Task CloseAsync() => inner.CloseAsync();
}
