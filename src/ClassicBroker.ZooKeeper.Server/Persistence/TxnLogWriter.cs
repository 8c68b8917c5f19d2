using ClassicBroker.Platform;
using ClassicBroker.ZooKeeper.Jute;
using ClassicBroker.ZooKeeper.Server.Txns;

namespace ClassicBroker.ZooKeeper.Server.Persistence;

/// <summary>
/// Appends transactions to the current log file; nothing counts until <see cref="Sync"/> has returned. After a failure nothing may be
/// appended any more: whether the entries since the last sync survive is unknown until the next start reads them. Threading: server
/// loop only.
/// </summary>
internal sealed class TxnLogWriter(IFileSystem files, DataDirectory directory, long preallocateBytes) : IDisposable
{
    private readonly JuteWriter _pending = new();
    private IBlockFile? _file;
    private long _position;
    private long _preallocatedTo;

    /// <summary>True while transactions wait for <see cref="Sync"/>.</summary>
    public bool IsDirty => _pending.Length > 0;

    public void Append(in TxnHeader header, Txn txn)
    {
        _file ??= Create(header.Zxid);
        var entry = _pending.Length;
        _pending.WriteLong(0);
        var start = _pending.BeginCounted();
        TxnCodec.Write(_pending, header, txn);
        _pending.EndCounted(start);
        _pending.PatchInt(entry + sizeof(int), (int)Adler32.Of(_pending.Written[(start + sizeof(int))..]));
        _pending.WriteByte(TxnLogFormat.EndOfRecord);
    }

    /// <summary>Makes all that was appended durable.</summary>
    public void Sync()
    {
        if (!IsDirty)
        {
            return;
        }

        Write(_pending.Written);
        _pending.Reset();
        _file!.Sync();
    }

    /// <summary>The next transaction begins a new file.</summary>
    public void Roll()
    {
        Sync();
        _file?.Dispose();
        _file = null;
    }

    public void Dispose()
    {
        _file?.Dispose();
        _file = null;
    }

    private IBlockFile Create(long zxid)
    {
        // A file of this name holds no whole entry, or the zxid would be taken.
        var file = files.Open(directory.LogPath(zxid), FileOpenMode.Truncate);
        _position = 0;
        _preallocatedTo = 0;
        _pending.WriteInt(TxnLogFormat.Magic);
        _pending.WriteInt(TxnLogFormat.Version);
        _pending.WriteLong(0);
        files.SyncDirectory(directory.LogDirectory);
        return file;
    }

    private void Write(ReadOnlySpan<byte> entries)
    {
        // Room reserved ahead keeps the file's length out of most syncs. At least one zeroed entry header ends the log.
        var needed = _position + entries.Length + TxnLogFormat.EntryHeaderSize;
        if (needed > _preallocatedTo)
        {
            _preallocatedTo = needed + preallocateBytes;
            _file!.Preallocate(_preallocatedTo);
        }

        _file!.Write(entries, _position);
        _position += entries.Length;
    }
}
