using ClassicBroker.Platform;

namespace ClassicBroker.ZooKeeper;

/// <summary>
/// A session with ZooKeeper. Calls may come from any loop and keep their order; they are pipelined, up to
/// <c>zookeeper.max.in.flight.requests</c> on the wire. A refused operation throws <see cref="ZooKeeperException"/> with the code
/// of the refusal, an unknown outcome <see cref="ConnectionLossException"/>, and every call on a session that ended
/// <see cref="SessionExpiredException"/>. A call made while a connection is being made waits for the outcome of that attempt; nothing
/// is ever
/// sent twice. Data and lists handed in must not change until the call has ended.
/// </summary>
public interface IZooKeeper
{
    ZooKeeperSessionState State { get; }

    /// <summary>Id of the current session, 0 until the first connection.</summary>
    long SessionId { get; }

    /// <summary>What the ensemble made of the session timeout asked for; 0 until the first connection.</summary>
    int NegotiatedSessionTimeoutMs { get; }

    /// <summary>
    /// How long ago the session stood for certain: when the newest request was sent that the ensemble has answered, be it a ping. One that
    /// has been silent for longer than its timeout may have expired. Any thread.
    /// </summary>
    long SilenceMs { get; }

    /// <summary>Names the one receiver of watch events and session changes, which are posted to <paramref name="deliverOn"/>.</summary>
    void SetWatcher(IZooKeeperWatcher watcher, IEventLoop deliverOn);

    /// <summary>
    /// Ends once the session is connected, at once where it is. Throws where it ends instead: <see cref="SessionExpiredException"/>, or a
    /// <see cref="ZooKeeperException"/> of <see cref="ZooKeeperError.AuthFailed"/> or <see cref="ZooKeeperError.SessionClosed"/>.
    /// </summary>
    Task WaitUntilConnectedAsync(CancellationToken cancellation);

    /// <summary>
    /// Abandons the session, closing it where it lives, and starts a new one with the same credentials. Calls under way fail.
    /// </summary>
    void StartNewSession();

    /// <summary>Creates a znode. Null data is stored as null, which readers can tell from empty.</summary>
    Task<CreatedZnode> CreateAsync(string path, ReadOnlyMemory<byte>? data, IReadOnlyList<ZnodeAcl> acl, CreateMode mode);

    /// <summary>Deletes a childless znode of a version, or of any with <see cref="ZnodeVersion.Any"/>.</summary>
    Task DeleteAsync(string path, int version);

    /// <summary>
    /// Sets the data of a znode of a version, or of any with <see cref="ZnodeVersion.Any"/>. Null data is stored as null.
    /// </summary>
    Task<ZnodeStat> SetDataAsync(string path, ReadOnlyMemory<byte>? data, int version);

    /// <summary>Reads a znode; with <paramref name="watch"/> its next change or deletion is announced, once.</summary>
    Task<ZnodeData> GetDataAsync(string path, bool watch);

    /// <summary>
    /// Null where the znode does not exist. With <paramref name="watch"/> its next change, deletion or creation is announced, once.
    /// </summary>
    Task<ZnodeStat?> ExistsAsync(string path, bool watch);

    /// <summary>
    /// Lists a znode's children. With <paramref name="watch"/> the next child that comes or goes, or the znode's deletion, is
    /// announced, once.
    /// </summary>
    Task<ZnodeChildren> GetChildrenAsync(string path, bool watch);

    /// <summary>Carries out all operations as one transaction, or none. Refusals are in the result, never thrown.</summary>
    Task<ZooKeeperMultiResult> MultiAsync(IReadOnlyList<ZooKeeperOp> operations);

    Task<ZnodeAccess> GetAclAsync(string path);

    /// <summary>Sets the ACL where it has version <paramref name="aversion"/>, or any with <see cref="ZnodeVersion.Any"/>.</summary>
    Task<ZnodeStat> SetAclAsync(string path, IReadOnlyList<ZnodeAcl> acl, int aversion);

    /// <summary>Ends once the server we are connected to has caught up with the leader.</summary>
    Task SyncAsync(string path);

    /// <summary>
    /// Adds an identity to the session, such as scheme <c>digest</c> with <c>user:password</c>; kept across connections and sessions.
    /// </summary>
    Task AddAuthAsync(string scheme, ReadOnlyMemory<byte> credentials);

    /// <summary>
    /// Closes the session, so that its ephemeral znodes vanish at once. Ends when the server has answered or cannot be reached.
    /// </summary>
    Task CloseAsync();
}
