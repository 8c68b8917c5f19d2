using ClassicBroker.Platform;
using ClassicBroker.ZooKeeper.Jute;
using ClassicBroker.ZooKeeper.Server.Sessions;
using ClassicBroker.ZooKeeper.Server.Tree;

namespace ClassicBroker.ZooKeeper.Server.Persistence;

/// <summary>
/// Writes the tree and the sessions to a snapshot: to an unfinished name first, which takes the final one only when all of it is durable.
/// </summary>
internal sealed class SnapshotWriter(IFileSystem files, DataDirectory directory)
{
    private const int ChunkSize = 1024 * 1024;
    private readonly JuteWriter _writer = new();

    public void Write(DataTree tree, SessionTracker sessions)
    {
        var unfinished = directory.UnfinishedSnapshotPath(tree.LastZxid);
        using (var file = files.Open(unfinished, FileOpenMode.Truncate))
        {
            var sink = new Sink(file);
            WriteContent(tree, sessions, ref sink);
            file.Sync();
        }

        files.Rename(unfinished, directory.SnapshotPath(tree.LastZxid));
        files.SyncDirectory(directory.SnapshotDirectory);
    }

    private void WriteContent(DataTree tree, SessionTracker sessions, ref Sink sink)
    {
        _writer.Reset();
        _writer.WriteInt(SnapshotFormat.Magic);
        _writer.WriteInt(SnapshotFormat.Version);
        _writer.WriteLong(SnapshotFormat.DatabaseId);
        _writer.WriteInt(sessions.Sessions.Count);
        foreach (var session in sessions.Sessions)
        {
            _writer.WriteLong(session.Id);
            _writer.WriteInt(session.TimeoutMs);
        }

        var numbers = WriteAcls(tree);
        foreach (var (path, node) in tree.Walk())
        {
            WriteZnode(path, node, numbers);
            if (_writer.Length >= ChunkSize)
            {
                sink.Append(_writer);
            }
        }

        _writer.WriteString(SnapshotFormat.EndOfZnodes);
        sink.Append(_writer);
        _writer.WriteLong(sink.Checksum);
        _writer.WriteString(SnapshotFormat.EndOfZnodes);
        sink.Append(_writer);
    }

    private Dictionary<IReadOnlyList<ZnodeAcl>, long> WriteAcls(DataTree tree)
    {
        var numbers =
            new Dictionary<IReadOnlyList<ZnodeAcl>, long>(AclComparer.Instance) { [ZnodeAcl.OpenAclUnsafe] = SnapshotFormat.OpenAclNumber };
        var countAt = _writer.BeginCounted();
        foreach (var (_, node) in tree.Walk())
        {
            if (numbers.TryAdd(node.Acl, numbers.Count))
            {
                _writer.WriteLong(numbers[node.Acl]);
                _writer.WriteAcl(node.Acl);
            }
        }

        _writer.PatchInt(countAt, numbers.Count - 1);
        return numbers;
    }

    private void WriteZnode(string path, Znode node, Dictionary<IReadOnlyList<ZnodeAcl>, long> aclNumbers)
    {
        _writer.WriteString(path == ZnodePath.Root ? "" : path);
        _writer.WriteNullableBuffer(node.Data);
        _writer.WriteLong(aclNumbers[node.Acl]);
        _writer.WriteLong(node.Czxid);
        _writer.WriteLong(node.Mzxid);
        _writer.WriteLong(node.CtimeMs);
        _writer.WriteLong(node.MtimeMs);
        _writer.WriteInt(node.Version);
        _writer.WriteInt(node.CreateCount);
        _writer.WriteInt(node.Aversion);
        _writer.WriteLong(node.Owner);
        _writer.WriteLong(node.Pzxid);
    }

    /// <summary>Where chunks go, and their checksum.</summary>
    private struct Sink(IBlockFile file)
    {
        private Adler32 _checksum = new();
        private long _position;

        public readonly long Checksum => _checksum.Value;

        public void Append(JuteWriter chunk)
        {
            file.Write(chunk.Written, _position);
            _checksum.Append(chunk.Written);
            _position += chunk.Length;
            chunk.Reset();
        }
    }
}
