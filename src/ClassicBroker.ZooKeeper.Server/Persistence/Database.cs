using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.ZooKeeper.Server.Sessions;
using ClassicBroker.ZooKeeper.Server.Tree;
using ClassicBroker.ZooKeeper.Server.Txns;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.ZooKeeper.Server.Persistence;

/// <summary>
/// The tree and the sessions together with the files that bring them back. Threading: server loop only.
/// <para>
/// Failure strategy: a transaction is applied in memory and appended to the log, and nothing about it leaves the server before
/// <see cref="Commit"/> has made it durable. A crash leaves a log whose tail may be torn; opening cuts it at the first entry that is not
/// whole. A torn log that is not the last one is damage, not a crash, and refuses to open. A snapshot that is not whole is passed over
/// for the one before it, whose logs are kept as long as it is.
/// </para>
/// </summary>
internal sealed class Database : IDisposable
{
    private readonly IFileSystem _files;
    private readonly DataDirectory _directory;
    private readonly TxnLogWriter _log;
    private readonly SnapshotWriter _snapshots;
    private readonly ZooKeeperServerConfig _config;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly IDisposable _lock;
    private int _txnsSinceSnapshot;

    private Database(IFileSystem files, ZooKeeperServerConfig config, TimeProvider time, ILogger logger)
    {
        _files = files;
        _config = config;
        _time = time;
        _logger = logger;
        _directory = new DataDirectory(files, config.DataDir, config.DataLogDir);
        _log = new TxnLogWriter(files, _directory, config.PreallocateBytes);
        _snapshots = new SnapshotWriter(files, _directory);
        Watches = new WatchTables();
        Sessions = new SessionTracker(time);
        _directory.Prepare();
        _lock = files.TryLock(_directory.LockPath)
            ?? throw new StorageException("lock", _directory.LockPath, 0, "another ZooKeeper server uses this directory");
        Tree = DataTree.CreateEmpty(Watches);
    }

    public DataTree Tree { get; private set; }

    public WatchTables Watches { get; }

    public SessionTracker Sessions { get; }

    /// <summary>True while transactions wait for <see cref="Commit"/>.</summary>
    public bool IsDirty => _log.IsDirty;

    /// <summary>Opens the directory's tree as it was last made durable.</summary>
    public static Database Open(IFileSystem files, ZooKeeperServerConfig config, TimeProvider time, ILogger logger)
    {
        var database = new Database(files, config, time, logger);
        try
        {
            database.Recover();
            return database;
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    /// <summary>Bytes of the snapshots and of the logs, as the disk has them now.</summary>
    public (long Snapshots, long Logs) Sizes() => (SizeOf(_directory.SnapshotDirectory), SizeOf(_directory.LogDirectory));

    /// <summary>Applies a transaction under the next zxid and appends it to the log.</summary>
    public IReadOnlyList<ZnodeStat> Apply(long sessionId, int xid, Txn txn)
    {
        var header = new TxnHeader(sessionId, xid, Tree.LastZxid + 1, _time.UnixMs());
        _log.Append(header, txn);
        _txnsSinceSnapshot++;
        return ApplyToMemory(header, txn);
    }

    /// <summary>Makes all transactions applied durable, and now and then takes a snapshot.</summary>
    public void Commit()
    {
        _log.Sync();
        if (_txnsSinceSnapshot >= _config.SnapCount)
        {
            TakeSnapshot();
        }
    }

    public void Dispose()
    {
        _log.Dispose();
        _lock.Dispose();
    }

    private long SizeOf(string directory) => _files.List(directory).Sum(entry => entry.Length);

    private void Recover()
    {
        var snapshotZxid = LoadNewestSnapshot();
        Replay(snapshotZxid);
        if (snapshotZxid < 0)
        {
            // Apache ZooKeeper opens a directory with logs only where there is a snapshot too.
            TakeSnapshot();
        }
    }

    private long LoadNewestSnapshot()
    {
        var snapshots = _directory.Snapshots();
        for (var i = snapshots.Count - 1; i >= 0; i--)
        {
            try
            {
                Tree = new SnapshotReader(_files).Read(_directory.SnapshotPath(snapshots[i]), snapshots[i], Watches, Sessions);
                return snapshots[i];
            }
            catch (MalformedDataException failure)
            {
                _logger.LogWarning("Passing over snapshot {Path}: {Reason}", _directory.SnapshotPath(snapshots[i]), failure.Message);
            }
        }

        return snapshots.Count == 0
            ? -1
            : throw new MalformedDataException($"None of the {snapshots.Count} snapshots in {_directory.SnapshotDirectory} can be read");
    }

    private void Replay(long snapshotZxid)
    {
        var logs = _directory.Logs();
        for (var i = 0; i < logs.Count; i++)
        {
            // A log all of whose transactions precede the next log's first one within the snapshot has nothing to add.
            if (i + 1 < logs.Count && logs[i + 1] <= snapshotZxid + 1)
            {
                continue;
            }

            ReplayLog(_directory.LogPath(logs[i]), isLast: i == logs.Count - 1);
        }
    }

    private void ReplayLog(string path, bool isLast)
    {
        using var file = _files.Open(path, isLast ? FileOpenMode.Existing : FileOpenMode.Read);
        var reader = new TxnLogReader(file);
        while (reader.TryRead(out var header, out var txn))
        {
            if (header.Zxid > Tree.LastZxid)
            {
                ApplyToMemory(header, txn!);
                _txnsSinceSnapshot++;
            }
        }

        if (!reader.IsTorn)
        {
            return;
        }

        if (!isLast)
        {
            throw new MalformedDataException(
                $"{path} is damaged at byte {reader.ValidLength}, and later logs exist: transactions are missing");
        }

        _logger.LogWarning(
            "Cutting {Path} at byte {Position} of {Length}: the last write before the crash was torn",
            path,
            reader.ValidLength,
            file.Length);
        file.SetLength(reader.ValidLength);
        file.Sync();
    }

    private IReadOnlyList<ZnodeStat> ApplyToMemory(in TxnHeader header, Txn txn)
    {
        switch (txn)
        {
            case CreateSessionTxn create:
                Sessions.Add(header.SessionId, create.TimeoutMs);
                break;
            case CloseSessionTxn:
                Sessions.Remove(header.SessionId);
                break;
            default:
                break;
        }

        return Tree.Apply(header, txn);
    }

    private void TakeSnapshot()
    {
        _log.Roll();
        _snapshots.Write(Tree, Sessions);
        _txnsSinceSnapshot = 0;
        Purge();
    }

    /// <summary>Keeps the newest snapshots, and every log that the oldest of them needs.</summary>
    private void Purge()
    {
        var snapshots = _directory.Snapshots();
        if (snapshots.Count <= _config.SnapRetainCount)
        {
            return;
        }

        var oldestKept = snapshots[^_config.SnapRetainCount];
        foreach (var zxid in snapshots.Where(zxid => zxid < oldestKept))
        {
            _files.DeleteFile(_directory.SnapshotPath(zxid));
        }

        var logs = _directory.Logs();
        for (var i = 0; i + 1 < logs.Count && logs[i + 1] <= oldestKept + 1; i++)
        {
            _files.DeleteFile(_directory.LogPath(logs[i]));
        }
    }
}
