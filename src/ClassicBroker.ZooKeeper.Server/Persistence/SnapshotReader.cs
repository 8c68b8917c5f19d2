using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.ZooKeeper.Jute;
using ClassicBroker.ZooKeeper.Server.Sessions;
using ClassicBroker.ZooKeeper.Server.Tree;

namespace ClassicBroker.ZooKeeper.Server.Persistence;

/// <summary>Reads a snapshot (see <see cref="SnapshotFormat"/>) after checking that it is whole.</summary>
internal sealed class SnapshotReader(IFileSystem files)
{
    /// <summary>The tree and sessions of a snapshot; <see cref="MalformedDataException"/> where it is not whole.</summary>
    public DataTree Read(string path, long zxid, WatchTables watches, SessionTracker sessions)
    {
        var bytes = ReadAll(path);
        var reader = new JuteReader(bytes);
        if (reader.ReadInt() != SnapshotFormat.Magic || reader.ReadInt() != SnapshotFormat.Version)
        {
            throw new MalformedDataException($"{path} does not begin as a snapshot");
        }

        reader.ReadLong();
        var readSessions = ReadSessions(ref reader);
        var acls = ReadAcls(ref reader);
        var tree = new DataTree(watches) { LastZxid = zxid };
        for (var node = reader.ReadString(); node != SnapshotFormat.EndOfZnodes; node = reader.ReadString())
        {
            tree.Restore(node.Length == 0 ? ZnodePath.Root : node, ReadZnode(ref reader, acls));
        }

        var checkedLength = reader.Position;
        if (reader.ReadLong() != Adler32.Of(bytes.AsSpan(0, checkedLength)))
        {
            throw new MalformedDataException($"{path} fails its checksum");
        }

        foreach (var (id, timeoutMs) in readSessions)
        {
            sessions.Add(id, timeoutMs);
        }

        return tree;
    }

    private static List<(long Id, int TimeoutMs)> ReadSessions(ref JuteReader reader)
    {
        var count = reader.ReadVectorCount(sizeof(long) + sizeof(int));
        var sessions = new List<(long Id, int TimeoutMs)>(count);
        for (var i = 0; i < count; i++)
        {
            sessions.Add((reader.ReadLong(), reader.ReadInt()));
        }

        return sessions;
    }

    private static Dictionary<long, IReadOnlyList<ZnodeAcl>> ReadAcls(ref JuteReader reader)
    {
        var count = reader.ReadVectorCount(sizeof(long) + sizeof(int));
        var acls = new Dictionary<long, IReadOnlyList<ZnodeAcl>>(count + 1) { [SnapshotFormat.OpenAclNumber] = ZnodeAcl.OpenAclUnsafe };
        for (var i = 0; i < count; i++)
        {
            acls[reader.ReadLong()] = reader.ReadAcl();
        }

        return acls;
    }

    private static Znode ReadZnode(ref JuteReader reader, Dictionary<long, IReadOnlyList<ZnodeAcl>> acls)
    {
        var data = reader.ReadNullableBytes();
        if (!acls.TryGetValue(reader.ReadLong(), out var acl))
        {
            throw new MalformedDataException("a znode's ACL is not among the snapshot's");
        }

        return new Znode
        {
            Data = data,
            Acl = acl,
            Czxid = reader.ReadLong(),
            Mzxid = reader.ReadLong(),
            CtimeMs = reader.ReadLong(),
            MtimeMs = reader.ReadLong(),
            Version = reader.ReadInt(),
            CreateCount = reader.ReadInt(),
            Aversion = reader.ReadInt(),
            Owner = reader.ReadLong(),
            Pzxid = reader.ReadLong(),
        };
    }

    private byte[] ReadAll(string path)
    {
        using var file = files.Open(path, FileOpenMode.Read);
        var length = file.Length;
        if (length > Array.MaxLength)
        {
            throw new MalformedDataException($"{path} is larger than this server can hold");
        }

        var bytes = new byte[length];
        return file.Read(bytes, 0) == bytes.Length ? bytes : throw new MalformedDataException($"{path} shrank while it was read");
    }
}
